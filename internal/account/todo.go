package account

import "blush/internal/blush"

var todo = blush.E(blush.Unavailable, "not there yet")
