"""The note with which `meshctl inject` says, once a run, what applications see of their callers."""
import re

PROBLEM = ("applications see their pod's own address as the caller's (loopback for callers at loopback), so what "
           "goes by it changes: pg_hba samehost, MySQL grants, nginx allow, rate limits, X-Forwarded-For trust")
HINT = ("--arg=--send-proxy=v2 tells the caller's to those that read the PROXY protocol; docs/run.md has the list")
NOTE = f"meshctl: note: {PROBLEM}; {HINT}\n"


def without_callers_note(text):
    """Standard error, coloured or not, without the note."""
    label = r"(\x1b\[1;34m)?note:(\x1b\[m)?"
    return re.sub(rf"meshctl: {label} {re.escape(PROBLEM)}.*\n", "", text)
