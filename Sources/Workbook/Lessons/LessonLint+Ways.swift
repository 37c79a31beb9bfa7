import Values

extension LessonLint {
  /// Every way through the lesson ends: branches lead forward, and every step can be come to.
  mutating func checkWays() {
    for step in lesson.steps {
      guard let place = lesson.step(step.id) else { continue }
      for branch in step.branches {
        guard let target = lesson.step(branch.target) else {
          if branch.target == Lesson.Branch.end { continue }
          let near = NearNames.of(branch.target, among: lesson.steps.map(\.id))
          complain(
            "the branch leads to \(branch.target), which is no step"
              + (near.isEmpty ? "" : "; did you mean \(near[0])?"), at: branch.line,
            part: branch.target)
          continue
        }
        if target <= place {
          complain(
            "the branch leads back to \(branch.target): a way that does not end",
            at: branch.line, part: branch.target)
        }
        if lesson.steps[target].isDetour, !step.isDetour {
          complain(
            "the branch leads to \(branch.target), which is a detour and leads back",
            at: branch.line, part: branch.target)
        }
      }
      if let last = step.branches.firstIndex(where: { $0.predicate == nil }),
        last + 1 < step.branches.count
      {
        complain("no way leads past a go without if", at: step.branches[last + 1].line)
      }
    }
    let reached = reachable()
    for (place, step) in lesson.steps.enumerated() where !reached.contains(place) {
      let why = step.isDetour ? "no feedback and no hint offers it" : "no way leads to it"
      complain("the step \(step.id) is never come to: \(why)", at: step.line, part: step.id)
    }
  }

  /// Where one can go on from a step, detours left out.
  func targets(of place: Int) -> [Int] {
    let step = lesson.steps[place]
    var targets = step.branches.compactMap { lesson.step($0.target) }
    let always = step.branches.contains { $0.predicate == nil }
    if !always, !step.isDetour, let next = lesson.mainStep(after: place) { targets.append(next) }
    return targets.filter { $0 > place }
  }

  /// The detours that a step offers.
  func detours(of place: Int) -> [Int] {
    let step = lesson.steps[place]
    return (step.feedback.compactMap(\.detour) + step.hintWhen.compactMap(\.detour))
      .compactMap { lesson.step($0) }.filter { lesson.steps[$0].isDetour }
  }

  private func reachable() -> Set<Int> {
    var open = lesson.mainSteps.first.map { [$0] } ?? []
    var reached = Set(open)
    while let place = open.popLast() {
      for next in targets(of: place) + detours(of: place) where reached.insert(next).inserted {
        open.append(next)
      }
    }
    return reached
  }
}
