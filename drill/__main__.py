import sys

from drill.command import main

sys.exit(main(sys.argv[1:]))
