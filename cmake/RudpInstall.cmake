# Filled by the packaging: install rules and the package configuration file.
