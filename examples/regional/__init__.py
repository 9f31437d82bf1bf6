"""An invented region of seven authorities: what is true in it, and what its agencies report.

`truth` is what happened, `reports` what the agencies send of it, `errors` what goes wrong on the
way, and `ledger` what a problem profile of it has to say, counted from the truth alone.
"""
