"""One upright picture in, its marks in reading order out: what somebody wrote, whatever lies around it.

In the order of the work:

    tiny        a picture no larger than MNIST's frame is one digit
    scales      how large a picture is looked at
    contrast    a grey picture as the finder's network takes it
    network     what it says of each place: ink, centre, the way there, the sign
    spots       the ink that points to the same centre is a mark
    agreement   what two looks see is surer than what one sees
    order       lines, and the order in which they are read
    finder      all of these, one after the other
"""
