#!/usr/bin/env bash
# Runs the exported scripts of lessons against a mock server, and says what each had to do without.
#
#   Tests/Conformance/exported-scripts.sh .build/release/keyhole [LESSON…]
#
# Wants AWS CLI version 2 and moto (pip install 'moto[server]'). PORT chooses another port.
set -uo pipefail
keyhole=$(realpath "${1:?which keyhole}")
shift
url=http://127.0.0.1:${PORT:-5999}
work=$(mktemp -d)
# Policies of AWS, such as ReadOnlyAccess, are there only when asked for.
MOTO_IAM_LOAD_MANAGED_POLICIES=true moto_server -H 127.0.0.1 -p "${url##*:}" >"${work}/server" 2>&1 &
server=$!
trap 'kill "${server}"; rm -rf "${work}"' EXIT
until curl -sf "${url}/moto-api/" >/dev/null; do
  kill -0 "${server}" || { cat "${work}/server" >&2; exit 1; }
  sleep 1
done
export AWS_ACCESS_KEY_ID=mock AWS_SECRET_ACCESS_KEY=mock AWS_REGION=us-east-1 AWS_PAGER='' XDG_STATE_HOME=${work}/state
if [ $# = 0 ]; then
  # shellcheck disable=SC2046
  set -- $(sed -n 's/^id: //p' "$(dirname "$0")"/../../Lessons/[0-9]*.md)
fi
count() { grep -cE "$1" "$2"; }
failed=0
for lesson; do
  script=${work}/${lesson}.sh
  "${keyhole}" export-script "${lesson}" >"${script}" && bash -n "${script}" || { failed=1; continue; }
  curl -s -X POST "${url}/moto-api/reset" >/dev/null
  AWS_ENDPOINT_URL=${url} timeout "${TIME:-900}" bash "${script}" >"${work}/out" 2>"${work}/err" </dev/null
  echo "${lesson}: exit $?; refused as in the lab $(count '^refused, as' "${work}/err") of $(count '[|][|] refused' "${script}"), let through $(count '^  line [0-9]+: ' "${work}/err")"
  sed -n '/^done without/,$p' "${work}/err" | grep '^  '
  grep '^left behind' "${work}/err" && failed=1
  # Nothing stays but keys that end.
  aws() { command aws "$@" --endpoint-url "${url}" --output text; }
  left=$(
    aws kinesis list-streams --query 'StreamNames'
    aws iam list-roles --query 'Roles[].RoleName'
    aws s3api list-buckets --query 'Buckets[].Name'
    for key in $(aws kms list-keys --query 'Keys[].KeyId'); do
      state=$(aws kms describe-key --key-id "${key}" --query 'KeyMetadata.KeyState')
      [ "${state}" = PendingDeletion ] || echo "${key}"
    done
  )
  left=$(tr -s '\n\t ' ' ' <<<"${left//None/}" | sed 's/^ *//; s/ *$//')
  [ -z "${left}" ] || { echo "  still there: ${left}"; failed=1; }
done
exit "${failed}"
