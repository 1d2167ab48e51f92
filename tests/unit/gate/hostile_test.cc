#include "tests/unit/gate/client.h"
