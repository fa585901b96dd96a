"""One upright picture in, its marks in reading order out.

In the order of the work:

    paper     what the sheet would look like with nothing written on it, and how far each pixel departs from that
    ink       which departures are strokes
    ruling    printed lines and grids, taken out again
    frames    printed boxes, taken out again
    grouping  strokes that make one digit, digits that make a line
    strays    what of these is no digit
    cutting   where digits that touch may be cut apart
    marks     all of these, one after the other
"""

from recognizer.finding.found import Finding, Found
from recognizer.finding.marks import MAX_MARKS, find_marks

__all__ = ["MAX_MARKS", "Finding", "Found", "find_marks"]
