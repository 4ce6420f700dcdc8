#!/usr/bin/env bash
# Builds a release into dist/release: a static binary for each system in an archive with its licences, manual
# page and completions; Debian packages; a software bill of materials (CycloneDX) for each binary; and SHA256SUMS of all files.
# The same commit with the same Go gives the same bytes. Needs Go, git, dpkg-deb and the GNU tools.
# PLATFORMS="linux/amd64 …" builds fewer.
set -euo pipefail
cd "$(dirname "$0")/.."
sbom=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
all="linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64"
platforms=${PLATFORMS:-$all}

export CGO_ENABLED=0 LC_ALL=C TZ=UTC
umask 022
version=$(git describe --tags --always --dirty)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
case $version in v[0-9]*) deb_version=${version#v} ;; *) deb_version=0.0.0+git$SOURCE_DATE_EPOCH.$version ;; esac
deb_version=${deb_version//-/.} # a hyphen would begin the revision of the package
export SOURCE_DATE_EPOCH

out=dist/release
rm -rf "$out"
mkdir -p "$out/stage"
flags=(-trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version")

# The licences of everything that is linked in, for every system.
licences() {
  for platform in $all; do
    GOOS=${platform%/*} GOARCH=${platform#*/} go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/blush
  done | sort -u | while read -r path version dir; do
    for file in "$dir"/{LICENSE,LICENCE,COPYING,NOTICE}*; do
      if [ -f "$file" ]; then
        printf '==== %s %s: %s\n\n' "$path" "$version" "$(basename "$file")"
        cat "$file"
        echo
      fi
    done
  done
  printf '==== Go %s: LICENSE\n\n' "$(go env GOVERSION)"
  cat "$(go env GOROOT)/LICENSE"
}

# What every archive contains besides the program; the program itself writes the manual page and completions.
common=$out/stage/common
mkdir -p "$common/completion"
licences > "$common/THIRD-PARTY.txt"
cp LICENSE NOTICE README.md "$common/"
go build "${flags[@]}" -o "$out/stage/own" ./cmd/blush
"$out/stage/own" man > "$common/blush.1"
"$out/stage/own" completion bash > "$common/completion/blush.bash"
"$out/stage/own" completion zsh > "$common/completion/_blush"
"$out/stage/own" completion fish > "$common/completion/blush.fish"

# deb builds the package of a Linux binary: deb STAGE ARCH.
deb() {
  root=$out/stage/deb-$2
  install -Dm755 "$1/blush" "$root/usr/bin/blush"
  install -Dm644 packaging/blush.service "$root/lib/systemd/system/blush.service"
  install -Dm640 packaging/blush.env "$root/etc/blush/blush.env"
  install -Dm644 "$common/completion/blush.bash" "$root/usr/share/bash-completion/completions/blush"
  install -Dm644 "$common/completion/_blush" "$root/usr/share/zsh/vendor-completions/_blush"
  install -Dm644 "$common/completion/blush.fish" "$root/usr/share/fish/vendor_completions.d/blush.fish"
  install -d "$root/usr/share/man/man1" "$root/usr/share/doc/blush" "$root/DEBIAN"
  gzip -nc9 "$common/blush.1" > "$root/usr/share/man/man1/blush.1.gz"
  install -m644 NOTICE "$common/THIRD-PARTY.txt" "$root/usr/share/doc/blush/"
  install -m644 LICENSE "$root/usr/share/doc/blush/copyright"
  install -m755 packaging/deb/postinst packaging/deb/prerm packaging/deb/postrm "$root/DEBIAN/"
  install -m644 packaging/deb/conffiles "$root/DEBIAN/"
  size=$(du -sk --apparent-size "$root" | cut -f1)
  sed "s/@VERSION@/$deb_version/; s/@ARCH@/$2/; s/@SIZE@/$size/" packaging/deb/control > "$root/DEBIAN/control"
  dpkg-deb --root-owner-group -Zxz --build "$root" "$out/blush_${deb_version}_$2.deb" >/dev/null
}

for platform in $platforms; do
  os=${platform%/*} arch=${platform#*/}
  name=blush_${version}_${os}_$arch
  stage=$out/stage/$name
  cp -r "$common" "$stage"
  binary=$stage/blush
  [ "$os" != windows ] || binary=$binary.exe
  GOOS=$os GOARCH=$arch go build "${flags[@]}" -o "$binary" ./cmd/blush
  go run "$sbom" bin -json -noserial -notimestamp -licenses -version "$version" -output "$out/$name.cdx.json" "$binary"
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu -C "$out/stage" -cf - "$name" | gzip -n9 > "$out/$name.tar.gz"
  [ "$os" != linux ] || deb "$stage" "$arch"
done
rm -rf "$out/stage"
(cd "$out" && sha256sum -- *.tar.gz *.deb *.json > SHA256SUMS)
ls -l "$out"
