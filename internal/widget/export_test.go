package widget

// Pages gives every widget in every variation and state, drawn in a language, by its title.
func Pages(lang string) map[string]string {
	out := map[string]string{}
	for _, e := range examples(lang) {
		text, err := e.html(lang, Look{Variation: e.variation})
		if err != nil {
			panic(e.title() + ": " + err.Error())
		}
		out[e.title()] = string(text)
	}
	return out
}
