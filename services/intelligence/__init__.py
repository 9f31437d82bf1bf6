"""Intelligence: information reports, and what a police bureau makes of them.

Owns: information reports in all their versions, their grades, to whom a version was given and under
which conditions, what was withdrawn; measures against people and places; and, in a table that
nobody else can read, who gave a report.

Does not own: who the people in a report are (intake decides that), what is shown of it beside other
agencies' records (mash), and any referral: an information report is none.
"""
