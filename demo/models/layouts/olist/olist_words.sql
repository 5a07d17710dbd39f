-- Categories in Portuguese, as the layout names them.
select
    category,
    portuguese
from (
    values
        ('kitchen', 'cozinha'),
        ('textiles', 'texteis'),
        ('garden', 'jardim'),
        ('toys', 'brinquedos'),
        ('stationery', 'papelaria'),
        ('lighting', 'iluminacao')
) as words (category, portuguese)
