"""The report: one HTML file and CSV files about a period of the shop, without any BI tool."""
