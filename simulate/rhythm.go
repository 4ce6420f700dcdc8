package simulate

// beats returns cases of hearts that beat unevenly, very slowly or very fast; everything else is ordinary.
func beats() []Case {
	with := func(name string, f func(o *Rhythm, r random)) Case {
		return change(name, "typical", func(s *Scene, r random) {
			s.Rhythm = Rhythm{HeartRate: r.uniform(55, 90)}
			s.Camera.Codec = 0
			s.PulseGain = r.uniform(0.6, 1.2)
			f(&s.Rhythm, r)
		})
	}
	return []Case{
		with("pauses", func(o *Rhythm, r random) { o.PauseEvery, o.Pause = 8+r.IntN(13), r.uniform(2, 4) }),
		with("dropped", func(o *Rhythm, r random) { o.Dropped = r.uniform(0.03, 0.25) }),
		with("block 3:2", func(o *Rhythm, _ random) { o.Block = 3 }),
		with("block 2:1", func(o *Rhythm, r random) { o.HeartRate, o.Block = r.uniform(60, 110), 2 }),
		with("bigeminy", func(o *Rhythm, r random) { o.Bigeminy, o.Weak = true, r.uniform(0.3, 1) }),
		with("ectopic", func(o *Rhythm, r random) { o.Ectopic, o.Weak = r.uniform(0.02, 0.15), r.uniform(0.3, 1) }),
		with("fibrillation", func(o *Rhythm, r random) { o.HeartRate, o.Irregular = r.uniform(60, 120), r.uniform(0.15, 0.30) }),
		with("slow breath", func(o *Rhythm, r random) {
			o.HeartRate, o.RespiratoryRate, o.RSA, o.Skew = r.uniform(50, 75), r.uniform(4, 7), r.uniform(0.1, 0.25), r.uniform(-0.6, 0.6)
		}),
		with("skewed", func(o *Rhythm, r random) {
			o.RespiratoryRate, o.RSA, o.Skew = r.uniform(9, 18), r.uniform(0.04, 0.12), r.uniform(0.5, 1)*r.sign()
		}),
		with("variable", func(o *Rhythm, r random) { o.HeartRate, o.SDNN = r.uniform(50, 75), r.uniform(0.02, 0.11) }),
		with("slow", func(o *Rhythm, r random) { o.HeartRate = r.uniform(26, 40) }),
		with("fast", func(o *Rhythm, r random) { o.HeartRate, o.SDNN = r.uniform(190, 245), r.uniform(0.002, 0.008) }),
	}
}
