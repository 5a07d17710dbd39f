"""A second way to the warehouse's figures: plain Python over the canonical files, exact in fractions.

It follows the conventions K1 to K9 of the specification and knows nothing of the warehouse: no model, macro, function or
seed. It reads one shop in one time zone (UTC) that loads clean files, which is all that the demo shop needs. Nothing
here is rounded; the warehouse keeps four decimals of each amount, so sums agree to the cent and not to the last digit.
"""
