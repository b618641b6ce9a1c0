/** Exit status of a container whose SSH server could not be installed. */
export const setupFailedStatus = 97;

/** Where the password of root waits for the first start, in `root:<password>` form. */
export const passwordFile = 'etc/im-root-password';

/**
 * First process of a container: installs an SSH server and Python unless the image has them, and then is the SSH server. Restarts run
 * it again, so every step looks first (spec: connectors/docker.md 3.4). Holds no secret: commands of containers can be read.
 * @param passwordLogin root may log in with a password
 */
export function setupScript(passwordLogin: boolean): string {
  const rootLogin = passwordLogin ? 'yes' : 'prohibit-password';
  return `
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
have() { command -v "$1" >/dev/null 2>&1; }
if ! have sshd || ! have python3; then
  if have apt-get; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update && apt-get -qy install --no-install-recommends openssh-server python3 sudo
  elif have dnf; then
    dnf -qy install openssh-server python3 sudo
  elif have yum; then
    yum -qy install openssh-server python3 sudo
  elif have zypper; then
    zypper -qn install openssh python3 sudo
  elif have apk; then
    apk add --no-cache openssh python3 sudo
  fi
fi
if ! have sshd; then
  echo "No SSH server could be installed." >&2
  exit ${setupFailedStatus}
fi
mkdir -p /run/sshd
chmod 0755 /run/sshd
ssh-keygen -A
if [ -f /etc/pam.d/sshd ]; then
  sed -i 's/^\\(session *\\)required\\( *pam_loginuid\\.so\\)/\\1optional\\2/' /etc/pam.d/sshd
fi
if [ -f /${passwordFile} ]; then
  chpasswd < /${passwordFile} && rm -f /${passwordFile}
elif [ -w /etc/shadow ]; then
  sed -i 's/^root:!*:/root:*:/' /etc/shadow
fi
rm -f /run/nologin
exec "$(command -v sshd)" -D -e -o PermitRootLogin=${rootLogin} -o PubkeyAuthentication=yes -o AuthorizedKeysFile=.ssh/authorized_keys
`;
}
