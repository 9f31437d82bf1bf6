"""Screening: the tool for the risk of child sexual exploitation, and every form filled in with it.

Owns: the versions of the tool and who uses which from when; screenings, their amendments, and what
they oblige to.

Does not own: who the child is (intake decides which screenings are about one child), what becomes
of a referral (intake), and what is shown to anybody but the agency that filled the form in (mash).
"""
