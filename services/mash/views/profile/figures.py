"""What each figure is, what it is counted of, of which time, and what to bear in mind."""

from typing import Literal

from msgspec import Struct

Of = Literal["period", "last-day"]
Additive = Literal["base", "none"]


class Definition(Struct, frozen=True, kw_only=True):
    """A figure of the profile.

    Attributes:
        of: the period, or how it stood on the period's last day.
        sums: its cells sum to its base.
        published: what the profile of 2014 has.
    """

    id: str
    what: str
    base: str
    of: Of
    caveat: str
    published: str
    sums: bool = True


_CHILDREN = "children counted in PP1"

DEFINITIONS = (
    Definition(
        id="PP1",
        what="children whom somebody called exploited or at risk",
        base="distinct children, whoever and however many reported them",
        of="period",
        caveat="A child counts by a screening of any level, a police report that answers at risk "
        "of exploitation with yes, an interview that finds any risk, or an information report that "
        "names a victim. Most exploitation is not reported: an underestimate. Two records of one "
        "child that nobody linked count twice.",
        published="488",
    ),
    Definition(
        id="PP2",
        what="age",
        base=_CHILDREN,
        of="period",
        caveat="Age on the day on which it was first said in the period. Where agencies give "
        "different dates of birth none is taken.",
        published="peak at 14 to 16",
    ),
    Definition(
        id="PP3",
        what="gender, as the sex that was recorded",
        base=_CHILDREN,
        of="period",
        caveat="Not recorded stays in the base. Boys are recognised less often.",
        published="87 % F, 7 % M, 6 % not recorded",
    ),
    Definition(
        id="PP4",
        what="ethnicity",
        base=_CHILDREN,
        of="period",
        caveat="Not recorded stays in the base. Codes are put into the profile's four groups by a "
        "table of ours; a code that is not in it is not mapped.",
        published="54 % White European, 19 % African-Caribbean, 8 % Asian, 2 % other, 17 % not "
        "recorded",
    ),
    Definition(
        id="PP5",
        what="incidents with a suspect who has a name",
        base="incidents in information reports; not children, as in PP1",
        of="period",
        caveat="Only reports that are graded and yours to see. The same incident in two reports "
        "counts twice. A nickname is no name; somebody named later counts as named.",
        published="26 %",
    ),
    Definition(
        id="PP6",
        what="gender of those who are said to exploit",
        base="people suspected in a report of the period, whose sex some report gives",
        of="period",
        caveat="Said, not established. Those without are beside the base.",
        published="92 % M, 8 % F",
    ),
    Definition(
        id="PP7",
        what="mean age of those who are said to exploit, in years",
        base="people suspected in a report of the period, whose age some report gives",
        of="period",
        caveat="On the day of the first report. The middle of an estimated range stands for it; "
        "where ranges differ none is taken.",
        published="27",
        sums=False,
    ),
    Definition(
        id="PP8",
        what="ethnicity of those who are said to exploit, by online or not",
        base="people suspected in a report of the period",
        of="period",
        caveat="Online where a report speaks of grooming online; both where others do not. The "
        "profile of 2014 says this in words only.",
        published="in words",
    ),
    Definition(
        id="PP9",
        what="looked after by an authority",
        base="those of PP1 whose authority told any status of a child in PP1",
        of="last-day",
        caveat="A partial base: authorities that tell nothing are beside it, and that nobody told "
        "is not that a child is not looked after.",
        published="about a third, of children from a number of areas",
    ),
    Definition(
        id="PP10",
        what="has ever lived in a children's home",
        base="those of PP9 who are not looked after",
        of="last-day",
        caveat="Of those at home only. From statuses that were told: earlier care that nobody "
        "told is not known.",
        published="some 25 %",
    ),
    Definition(
        id="PP11",
        what="went missing, was only absent, or neither",
        base=_CHILDREN,
        of="period",
        caveat="Missing as the police recorded it; most who run away are never reported.",
        published="going missing is frequent",
    ),
    Definition(
        id="PP12",
        what="coerced online",
        base="those of PP1 at significant risk by the newest screening, or called a victim in a "
        "report",
        of="period",
        caveat="By indicator S6, or a report that speaks of grooming online. The profile of 2014 "
        "has it for one area only.",
        published="one in six, of one area",
    ),
    Definition(
        id="PP13",
        what="alcohol or drugs, sexual health, and family history, by level",
        base="those of PP1 whose newest screening of the period is significant or low",
        of="period",
        caveat="By indicators M6, M7, M5 and V8. V8 asks for domestic abuse, substance misuse and "
        "mental health of the family in one. A child may have several.",
        published="more at significant risk; all had experienced domestic violence; one area",
        sums=False,
    ),
    Definition(
        id="PP14",
        what="kinds of place",
        base="places that information reports of the period name, homes of children left out",
        of="period",
        caveat="A report about one place twice counts twice. Hidden places are reported less.",
        published="dwellings, hotels and parks are the commonest",
    ),
    Definition(
        id="PP15",
        what="children found, seen or said to have been in areas outside the region",
        base="those of PP1 with such a place whose postcode is known",
        of="period",
        caveat="By the authority in whose area the postcode is. A child may have been in several.",
        published="five destinations",
        sums=False,
    ),
    Definition(
        id="PP16",
        what="current investigations, and people on bail",
        base="investigations and people",
        of="last-day",
        caveat="Nobody tells Throughline of investigations, nor of bail but for conditions that "
        "are recorded as measures: there is no count, which is not a count of none.",
        published="70 and 97, on 18 March 2015",
        sums=False,
    ),
    Definition(
        id="PP17",
        what="children at significant risk for every 10,000 children, by area",
        base="children who live in the area, as you gave it",
        of="period",
        caveat="A higher rate may mean better recording, not more abuse: read it beside how many "
        "were screened, and beside what is not recorded in PP3 and PP4.",
        published="one area proportionately higher",
        sums=False,
    ),
)
