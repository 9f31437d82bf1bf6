"""Missing: what forces report about children who go missing or are absent, and their return.

Owns: episodes, with every version of a force's report; the risk schemes that were in force,
and the definitions by which a child is called missing, absent or a runaway.

Does not own: who the child is (intake decides which reports are about one child), and what is shown
to anybody but the force that reported (mash does).
"""
