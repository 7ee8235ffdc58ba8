"""Released files: passports, finding and checking."""
