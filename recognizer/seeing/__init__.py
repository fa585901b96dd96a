"""Reading that is learned from what is drawn, in the order of the work. It is in training and does not serve yet.

tiny        a picture no larger than MNIST's frame is one digit
scales      how large a picture is looked at
contrast    a grey picture as the finder's network takes it
network     what it says of each place: ink, centre, the way there, the sign
spots       the ink that points to the same centre is a mark
order       lines, numbers, and the order in which they are read
finder      all of these, one after the other
recogniser  which sign each mark is, by the finder and the digit network
evidence    what speaks for and against an answer
judge       how sure that makes it
sight       a reader of all of these
"""
