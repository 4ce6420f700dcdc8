package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v4"
)

const packaging = "../../packaging"

func packaged(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(packaging, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// serving parses a command line of blush serve under an environment, as the program does.
func serving(t *testing.T, env map[string]string, args ...string) serveCmd {
	t.Helper()
	for name, value := range env {
		if strings.HasPrefix(name, "BLUSH_") {
			t.Setenv(name, value)
		}
	}
	var cli commands
	p, err := kong.New(&cli, kong.Name("blush"), helpLists())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = p.Parse(args); err != nil {
		t.Fatalf("%v under %v: %v", args, env, err)
	}
	known := map[string]bool{"BLUSH_CONFIG": true}
	for _, n := range p.Model.Children {
		for _, f := range n.Flags {
			for _, name := range f.Envs {
				known[name] = known[name] || n.Name == "serve"
			}
		}
	}
	for name := range env {
		if strings.HasPrefix(name, "BLUSH_") && !known[name] {
			t.Errorf("%s is no setting of blush serve", name)
		}
	}
	return cli.Serve
}

// assignments finds NAME=VALUE in a text, each found by a pattern with two groups.
func assignments(text, pattern string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		out[m[1]] = m[2]
	}
	return out
}

// The systemd unit runs an existing command with existing settings, and gives it time to stop.
func TestUnit(t *testing.T) {
	unit := packaged(t, "blush.service")
	set := assignments(unit, `(?m)^([A-Za-z]+)=(.*)$`)
	line := strings.Fields(set["ExecStart"])
	if len(line) < 2 || line[0] != "/usr/bin/blush" {
		t.Fatalf("it runs %q", line)
	}
	s := serving(t, assignments(unit, `(?m)^Environment=(\w+)=(.*)$`), line[1:]...)
	if s.DataDir != "/var/lib/"+set["StateDirectory"] {
		t.Errorf("data in %s, folder for it %s", s.DataDir, set["StateDirectory"])
	}
	within, err := time.ParseDuration(set["TimeoutStopSec"] + "s")
	if err != nil || within < s.StopDelay+s.StopTimeout {
		t.Errorf("it is killed after %s", set["TimeoutStopSec"])
	}
	// The commented lines of the settings file are valid settings.
	serving(t, assignments(packaged(t, "blush.env"), `(?m)^#(BLUSH_\w+)=(.*)$`), "serve")
	if !strings.Contains(set["EnvironmentFile"], "/etc/blush/blush.env") || !strings.Contains(packaged(t, "deb/conffiles"), "/etc/blush/blush.env") {
		t.Errorf("settings in %s", set["EnvironmentFile"])
	}
}

// The images run the program with existing settings. They differ only in ffmpeg.
func TestImages(t *testing.T) {
	stages := regexp.MustCompile(`(?m)^FROM .* AS `).Split(packaged(t, "Dockerfile"), -1)
	got := map[string]string{}
	for _, s := range stages[1:] {
		name, rest, _ := strings.Cut(s, "\n")
		got[name] = rest
	}
	for _, name := range []string{"blush", "blush-ffmpeg"} {
		stage := got[name]
		env := map[string]string{}
		for _, line := range regexp.MustCompile(`(?m)^ENV (.*)$`).FindAllStringSubmatch(stage, -1) {
			for _, pair := range strings.Fields(line[1]) {
				key, value, _ := strings.Cut(pair, "=")
				env[key] = value
			}
		}
		if s := serving(t, env, "serve"); !strings.Contains(stage, "--chown=65532:65532 /out/data "+s.DataDir+"\n") || !strings.Contains(stage, "EXPOSE "+strings.TrimPrefix(s.Listen, ":")+"\n") {
			t.Errorf("%s: data in %s, listens at %s", name, s.DataDir, s.Listen)
		}
		for _, line := range []string{"USER 65532:65532", `ENTRYPOINT ["/usr/bin/blush"]`, `CMD ["serve"]`, "/usr/bin/blush\n"} {
			if !strings.Contains(stage, line) {
				t.Errorf("%s lacks %q", name, line)
			}
		}
		if strings.Contains(stage, "ffmpeg") != (name == "blush-ffmpeg") {
			t.Errorf("%s: ffmpeg: %v", name, strings.Contains(stage, "ffmpeg"))
		}
	}
}

// The compose file, its proxy and the images match.
func TestCompose(t *testing.T) {
	var file struct {
		Services map[string]struct {
			Image       string
			Build       struct{ Context, Dockerfile, Target string }
			Environment map[string]string
			Volumes     []string
			Networks    []string
			CapDrop     []string `yaml:"cap_drop"`
			ReadOnly    bool     `yaml:"read_only"`
			StopGrace   string   `yaml:"stop_grace_period"`
		}
		Networks map[string]struct {
			IPAM struct{ Config []struct{ Subnet string } }
		}
		Volumes map[string]any
	}
	if err := yaml.Unmarshal([]byte(packaged(t, "compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	var upstreams []string
	for name, s := range file.Services {
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			_, volume := file.Volumes[source]
			_, err := os.Stat(filepath.Join(packaging, source))
			if !volume && err != nil {
				t.Errorf("%s: %s is no volume and no file", name, source)
			}
		}
		if !strings.HasPrefix(name, "blush") {
			continue
		}
		cfg := serving(t, s.Environment, "serve")
		upstreams = append(upstreams, name+cfg.Listen)
		if got := file.Networks["inside"].IPAM.Config[0].Subnet; !slices.Equal(cfg.Proxies, []string{got}) || !slices.Equal(s.Networks, []string{"inside"}) {
			t.Errorf("%s trusts %v, the proxy is in %s", name, cfg.Proxies, got)
		}
		if !strings.HasPrefix(cfg.Database, "postgres://") || !strings.Contains(cfg.Database, "@database/") || file.Services["database"].Image == "" {
			t.Errorf("%s: database %s", name, cfg.Database)
		}
		if grace, err := time.ParseDuration(s.StopGrace); err != nil || grace < cfg.StopDelay+cfg.StopTimeout || cfg.StopDelay == 0 {
			t.Errorf("%s is killed after %s, and says for %s that it stops", name, s.StopGrace, cfg.StopDelay)
		}
		if !strings.Contains(packaged(t, "Dockerfile"), " AS "+s.Build.Target+"\n") || s.Build.Dockerfile != "packaging/Dockerfile" {
			t.Errorf("%s is built of %+v", name, s.Build)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) {
			t.Errorf("%s may write to its image, or has capabilities", name)
		}
	}
	slices.Sort(upstreams)
	if len(upstreams) < 2 || !strings.Contains(packaged(t, "Caddyfile"), "reverse_proxy "+strings.Join(upstreams, " ")+" {") {
		t.Errorf("the servers are %v", upstreams)
	}
}

// The packaging files that scripts/release.sh names exist.
func TestReleaseScript(t *testing.T) {
	b, err := os.ReadFile("../../scripts/release.sh")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`packaging/[a-z./]+[a-z]`).FindAllString(string(b), -1)
	if len(names) < 5 {
		t.Errorf("only %v", names)
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
			t.Error(err)
		}
	}
}
