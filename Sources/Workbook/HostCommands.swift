/// Commands of a computer that people paste, and what the lab has in their place.
enum HostCommands {
  static func advice(for name: String) -> String? {
    switch name {
    case "jq", "yq": "use --query with the command, or query EXPRESSION on its reply"
    case "grep", "awk", "sed", "cut", "sort", "uniq", "tr", "head", "tail", "wc", "tee", "xargs":
      "there are no pipes here; --query picks out of a reply, and query EXPRESSION afterwards"
    case "base64":
      "--cli-binary-format raw-in-base64-out takes data as it is, fileb://FILE the bytes of a file"
    case "vi", "vim", "nano", "emacs", "code", "touch":
      "cat > FILE <<'EOF' makes a file, import PATH brings one in"
    case "curl", "wget", "ssh", "ping": "nothing here leaves your computer"
    case "cp", "mv": "cat FILE > OTHER copies a lab file, rm FILE removes one"
    case "cd", "mkdir", "pwd", "chmod": "the lab's files lie in one place: ls lists them"
    case "watch": "aws … wait asks until something is so, wait DURATION lets time go on"
    case "diff", "cmp": "cat shows a lab file, matrix changes and why what a change did"
    case "read": "NAME=VALUE sets a variable, NAME=$(aws … --output text) takes it from a reply"
    case "alias": "every command has one name here; NAME=VALUE keeps what is long in $NAME"
    case "time": "leave time out: calls take no time of yours here"
    case "let", "expr", "bc": "nothing is calculated here: write the number itself"
    case "timeout", "nohup", "command": "leave \(name) out: a command runs by itself here"
    case "which", "type": "help lists what there is, help NAME says what it does"
    case "uuidgen":
      "NAME=name-$RANDOM makes a name by chance; ids of AWS come from replies, NAME=$(aws … --output text)"
    case "mapfile", "readarray":
      "there are no lists here: NAME=$(aws … --query … --output text), one variable each"
    case "env", "printenv": "export alone lists the variables that commands see"
    case "$": "leave the $ out: it is the prompt of the text that you copied"
    case "~": "the lab has no home folder: ls lists its files"
    case "aws.exe", "aws.cmd": "write aws alone"
    case _ where name.hasSuffix("/aws") || name.hasSuffix("\\aws.exe"): "write aws alone"
    case "date": "clock shows the lab's time, wait DURATION moves it"
    case "for", "while", "until", "do", "done", "seq":
      "there are no loops here: run the lines one after the other, or load for many records"
    case "if", "then", "else", "fi", "case", "test", "[", "[[":
      "use COMMAND && OTHER, and COMMAND || OTHER"
    case "function", "source", ".", "bash", "sh", "eval", "exec":
      "paste the lines themselves, or put them in a file for keyhole run FILE"
    case "set", "shopt", "local", "readonly", "declare":
      "NAME=VALUE sets a variable, export hands it to commands; keyhole run -e FILE stops at the first "
        + "error, as set -e does; nothing else can be set"
    case "trap":
      "reset begins anew, undo takes lines back; export-script writes its own clearing up"
    case "python", "python3", "node", "perl", "ruby", "terraform", "sam", "cdk", "docker":
      "the lab runs aws commands and its own verbs only"
    case "sudo": "leave sudo out: everybody may do everything on this computer's lab"
    default: nil
    }
  }
}
