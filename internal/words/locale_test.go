package words_test

import (
	"testing"

	"blush.example/blush/internal/words"
)

func TestLanguage(t *testing.T) {
	for tag, want := range map[string]string{"en": "en", "FR": "fr", "fr-BE": "fr", "nl_BE": "nl", "": "", "zz": "", "e": "", "english": "", "est": "", "DE-ch-1996": "de", "<b>": ""} {
		if got := words.Language(tag); got != want {
			t.Errorf("Language(%q) = %q, want %q", tag, got, want)
		}
	}
	for tag, want := range map[string]bool{"en": true, "zh-Hans_CN": true, "tlh": true, "": false, "e": false, "en GB": false, "en-": false, "1": false} {
		if got := words.IsLocale(tag); got != want {
			t.Errorf("IsLocale(%q) = %v", tag, got)
		}
	}
	if got := words.FirstLanguage("", "zz-BR", "sv-SE", "da"); got != "sv" {
		t.Errorf("the first of zz-BR, sv-SE and da is %q", got)
	}
}
