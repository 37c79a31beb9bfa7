import Cloud
import Glibc
import Policies
import Values
import Workbook

// Every figure is measured in this run; what matters are the ratios, because machines are noisy.

/// Seconds that `body` takes, the best of several tries.
func best(of tries: Int, _ body: () -> Void) -> Double {
  var least = Double.infinity
  for _ in 0..<tries {
    let start = now()
    body()
    least = min(least, now() - start)
  }
  return least
}

func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// A number with three digits that count.
func short(_ number: Double) -> String {
  var digits = 0
  var scaled = abs(number)
  while scaled < 100, digits < 3 {
    scaled *= 10
    digits += 1
  }
  let power = [1.0, 10, 100, 1000][digits]
  let whole = Int((number * power).rounded())
  guard digits > 0 else { return String(whole) }
  let (left, right) = whole.quotientAndRemainder(dividingBy: Int(power))
  let rest = String(right)
  return "\(left).\(String(repeating: "0", count: digits - rest.count))\(rest)"
}

func row(_ name: String, _ value: String, _ remark: String = "") {
  let left = name + String(repeating: " ", count: max(1, 46 - name.count))
  let middle = String(repeating: " ", count: max(1, 12 - value.count)) + value
  print("\(left)\(middle)  \(remark)")
}

// MARK: Start-up

/// The best time of a process from its start to its end.
func time(of arguments: [String], tries: Int) -> Double {
  var words = arguments.map { strdup($0) } + [nil]
  defer { for word in words { free(word) } }
  return best(of: tries) {
    var id: pid_t = 0
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    guard let name = words[0],
      posix_spawnp(&id, name, &actions, nil, &words, environ) == 0
    else {
      print("cannot start \(arguments[0])")
      exit(1)
    }
    var status: Int32 = 0
    waitpid(id, &status, 0)
    posix_spawn_file_actions_destroy(&actions)
  }
}

if CommandLine.arguments.dropFirst().first == "memory" {
  // One model is measured in this process, both in one each.
  if let model = CommandLine.arguments.last.flatMap({ Model(rawValue: $0) }) {
    measureMemory(model)
  } else {
    printMemory()
  }
  exit(0)
}

if CommandLine.arguments.dropFirst().first == "puts" {
  printPuts()
  exit(0)
}

if CommandLine.arguments.dropFirst().first == "reads" {
  printReads()
  exit(0)
}
if CommandLine.arguments.dropFirst().first == "load" {
  printLoad()
  exit(0)
}

if CommandLine.arguments.dropFirst().first == "decisions" {
  printDecisions()
  exit(0)
}
if CommandLine.arguments.dropFirst().first == "lines" {
  LineWorkload.printAll()
  exit(0)
}

if CommandLine.arguments.dropFirst().first == "trail" {
  printTrail()
  exit(0)
}

let folder = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false)
  .dropLast().joined(separator: "/")
let keyhole = folder.isEmpty ? "./keyhole" : "\(folder)/keyhole"
let shell = time(of: ["bash", "-c", ":"], tries: 60)
let started = time(of: [keyhole, "--version"], tries: 60)
let first = time(
  of: [keyhole, "-c", "aws kinesis describe-stream --stream-name my-existing-stream"], tries: 60)
print("Start-up")
row("bash -c :", "\(short(shell * 1000)) ms")
row("keyhole --version", "\(short(started * 1000)) ms", "\(short(started / shell)) × bash")
row(
  "keyhole -c 'aws kinesis describe-stream …'", "\(short(first * 1000)) ms",
  "\(short(first / shell)) × bash")

printPuts()
printReads()
printLoad()
printMemory()
printDecisions()
printTrail()

LineWorkload.printAll()

// MARK: Lessons

print("\nLessons")
let lessons = best(of: 3) { LessonWorkload.run() }
let lessonCount = LessonShelf.entries.count
row(
  "all \(lessonCount) lessons, solutions replayed", "\(short(lessons * 1000)) ms",
  "\(short(lessons / (shell * Double(lessonCount)))) × bash once a lesson")
