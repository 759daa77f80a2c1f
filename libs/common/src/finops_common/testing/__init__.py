"""What tests of every service share; imports `finops_sandbox`, so never used by product code."""
