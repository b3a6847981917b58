"""Reads FILE as an OSCAL plan of action and milestones, and prints how many items it has."""

import sys
from pathlib import Path

from trestle.oscal.poam import PlanOfActionAndMilestones

print(len(PlanOfActionAndMilestones.oscal_read(Path(sys.argv[1])).poam_items))
