"""How much of the processor's time one file may take."""

from recognizer.page import Fault

PICTURE_SECONDS = 15  # the largest photos take 3
PDF_SECONDS = 2  # to open one; a thousand pages take a hundredth of one
PAGE_SECONDS = 5  # a scan takes a tenth of one
# Of all pages of a file together, and what each of them adds: 530 seconds at most for a thousand. The slowest that are
# meant well, scans in colour at 600 dots an inch, stay below.
FILE_SECONDS, SECONDS_A_PAGE = 30, 0.5


class Budget:
    """What the pages of one file take together; `used` are seconds above what each may take, from turns before, too.

    A page that takes too long is the last that is opened of its file: it may have thousands of them.
    """

    def __init__(self, used: float = 0.0) -> None:
        self.used = used
        self.is_closed = False

    @property
    def is_spent(self) -> bool:
        return self.used > FILE_SECONDS

    def begin_page(self) -> None:
        """Raises Fault where no further page is opened."""
        if self.is_closed:
            raise Fault("page_not_drawn")
        if self.is_spent:
            raise Fault("budget_spent")
        self.used = max(0.0, self.used - SECONDS_A_PAGE)

    def use(self, seconds: float) -> None:
        self.used += seconds

    def close(self) -> None:
        self.is_closed = True
