package widget_test

import (
	"testing"

	"blush.example/blush/blushtest/browser"
)

func TestMain(m *testing.M) { browser.Main(m) }
