/**
 * What a shell does in namespaces of its own before a program that is not ours begins there: it builds a root that holds the system's programs, read
 * only, and what this run was given, nothing else; goes into it; and lets go of every right. Whoever is in a changed root may make no namespaces, so
 * there is no way back through another one. The first process there is a shell without rights, which the program's end is told by. Paths are
 * arguments, never text of the script; the input's path comes as bytes, on standard input.
 *
 * Arguments: the folder that becomes the root; `read PATH`, `write PATH` and `program PATH`, as many as there are; `input` where there is one; `network`, or
 * `way HOST ADDRESS PORT NODE RELAY SOCKET`: a relay listens at that address, which the host's name means within; `--`; the program with what limits it.
 */
export const WALL_SCRIPT = `set -eu
root=$1
shift
umask 022
mount -n -t tmpfs -o size=1m,mode=0755,nosuid,nodev picturelock "$root"

show() {
  if [ -d "$2" ]; then mkdir -p "$3"; else
    mkdir -p "\${3%/*}"
    [ -e "$3" ] || : > "$3"
  fi
  mount -n --bind "$2" "$3"
  case $1 in
    program) mount -n -o remount,bind,ro,nosuid,nodev "$3" ;;
    read) mount -n -o remount,bind,ro,nosuid,nodev,noexec "$3" ;;
    write) mount -n -o remount,bind,nosuid,nodev,noexec "$3" ;;
    device) ;;
  esac
}

for folder in /usr /bin /sbin /lib /lib32 /lib64 /libx32; do
  if [ -L "$folder" ]; then ln -s "$(readlink "$folder")" "$root$folder"
  elif [ -d "$folder" ]; then show program "$folder" "$root$folder"; fi
done
for file in /etc/ld.so.cache /etc/alternatives; do
  [ ! -e "$file" ] || show program "$file" "$root$file"
done
for file in /dev/null /dev/zero /dev/urandom; do show device "$file" "$root$file"; done
mkdir "$root/tmp"

while [ "$1" != -- ]; do
  case $1 in
    input)
      path=$(cat; printf .)
      show read "\${path%.}" "$root/input"
      shift
      ;;
    network)
      for file in resolv.conf hosts host.conf nsswitch.conf gai.conf ssl; do
        [ ! -e "/etc/$file" ] || show read "/etc/$file" "$root/etc/$file"
      done
      shift
      ;;
    way)
      ip link set lo up
      [ "$3" = 127.0.0.1 ] || ip address add "$3/32" dev lo
      mkdir -p "$root/etc"
      echo "$3 $2" > "$root/etc/hosts"
      echo 'hosts: files' > "$root/etc/nsswitch.conf"
      "$5" "$6" "$7" "$3" "$4" "$root/ready" > /dev/null 2>&1 < /dev/null &
      tries=600
      until [ -e "$root/ready" ]; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ]
        sleep 0.05
      done
      rm "$root/ready"
      shift 7
      ;;
    *)
      show "$1" "$2" "$root$2"
      shift 2
      ;;
  esac
done
shift
mount -n -o remount,bind,ro,nosuid,nodev "$root"
exec chroot "$root" setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all -- \
  sh -c '"$@"; exit $?' first "$@" < /dev/null
`;

/** Where the input lies within. */
export const INPUT_WITHIN = '/input';
