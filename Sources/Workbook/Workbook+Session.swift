import Cloud
import Commands
import Narration
import Values

extension Workbook {
  package static let version = "0.1.0"

  /// What stands in front of the cursor.
  package var prompt: String {
    let profile = desk.identity?.name ?? desk.profileInUse
    let drill = desk.drill.flatMap { $0.isDone ? nil : " drill" }
    let place =
      desk.lesson.map { " " + (desk.isPlaying ? "play" : Self.short($0)) } ?? drill ?? ""
    return profile == "admin" ? "keyhole\(place)> " : "keyhole\(place) \(profile)> "
  }

  /// `3/8`, as the page counts, or the name of a detour.
  private static func short(_ lessonRun: LessonRun) -> String {
    let steps = lessonRun.lesson.mainSteps
    return steps.contains(lessonRun.place)
      ? lessonRun.ordinal.replacing(" of ", with: "/") : lessonRun.step.id
  }

  /// Where a session that was left goes on.
  package var welcomeBack: Page {
    var page = Page()
    page.add("Welcome back. It is \(desk.world.now.zulu) in the lab.", .heading)
    if let lessonRun = desk.lesson {
      page.add(
        "\(lessonRun.lesson.title), step \(lessonRun.ordinal): \(lessonRun.step.title)")
      if desk.isPlaying { page.add("You are playing beside it: return goes back.", .note) }
      page.add("task   shows the step again", .next)
    } else if let run = desk.drill, !run.isDone {
      page.add("You are in a drill.")
      page.add("task   shows it again", .next)
    } else {
      page.add("lessons   lists the lessons", .next)
    }
    page.add("keyhole --new begins from scratch", .note)
    return page
  }
}
