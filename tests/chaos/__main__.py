"""`python tests/chaos`."""

import sys

from chaos_cli import main

sys.exit(main())
