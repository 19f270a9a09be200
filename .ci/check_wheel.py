"""Fail when the wheel in argv[1] would install anything outside `zoped/`."""

import sys
import zipfile
from pathlib import Path

wheel = Path(sys.argv[1])
names = zipfile.ZipFile(wheel).namelist()
strays = [n for n in names if not n.startswith("zoped/") and ".dist-info/" not in n]
if strays:
    sys.exit(f"{wheel.name} would install outside zoped/: {', '.join(strays[:10])}")
for needed in (
    "zoped/programs/data/seeds.jsonl",
    "zoped/students/lab_student/config.json",
    "zoped/students/lab_stories/config.json",
    "zoped/students/lab_uneven/config.json",
    "zoped/train/exchange/files/verl/reward.py.txt",
):
    if needed not in names:
        sys.exit(f"{wheel.name} lacks {needed}")
print(f"{wheel.name}: {len(names)} files, {wheel.stat().st_size / 2**20:.1f} MiB, all in zoped/")
