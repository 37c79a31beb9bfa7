import Cloud
import Commands
import Narration
import Values

extension Workbook {
  package static let version = "0.1.0"

  /// What stands in front of the cursor.
  package var prompt: String {
    let profile = desk.identity?.name ?? desk.profileInUse
    let place = desk.lesson.map { " \($0.place + 1)/\($0.lesson.steps.count)" } ?? ""
    return profile == "admin" ? "keyhole\(place)> " : "keyhole\(place) \(profile)> "
  }

  /// Lessons that were finished in other sessions.
  package mutating func setFinished(_ lessons: [String]) {
    for lesson in lessons where !finished.contains(lesson) { finished.append(lesson) }
  }

  /// Where a session that was left goes on.
  package var welcomeBack: Page {
    var page = Page()
    page.add("Welcome back. It is \(desk.world.now.zulu) in the lab.", .heading)
    if let lessonRun = desk.lesson {
      let count = lessonRun.lesson.steps.count
      page.add(
        "\(lessonRun.lesson.title), step \(lessonRun.place + 1) of \(count): "
          + lessonRun.step.title)
      page.add("task   shows the step again", .next)
    } else {
      page.add("lessons   lists the lessons", .next)
    }
    page.add("keyhole --new begins from scratch", .note)
    return page
  }
}
