root=$1 suite=$2 rust=$3 node=$4 modules=$5

rm -rf --one-file-system "$root"
mkdir -p "$root"
debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev,libstdc++6 "$suite" "$root"

mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
bind() {
    mount --bind "$1" "$2"
    mount -o remount,bind,ro "$2"
}
# The machine's own certificates: it may know an authority that Debian does not.
bind /etc/ssl/certs "$root/etc/ssl/certs"
mkdir -p "$root/opt/rust" "$root/opt/node/bin" "$root/opt/node/lib/node_modules" "$root/src"
bind "$rust" "$root/opt/rust"
touch "$root/opt/node/bin/node"
bind "$node" "$root/opt/node/bin/node"
bind "$modules" "$root/opt/node/lib/node_modules"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/opt/node/bin/npm"

git ls-files -z | tar --create --null --files-from=- | tar --extract --directory "$root/src"
exec chroot "$root" /usr/bin/env --ignore-environment --chdir=/src \
    HOME=/root LANG=C.UTF-8 NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    PATH=/opt/rust/bin:/opt/node/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    cargo xtask bundle --bundles deb,rpm
