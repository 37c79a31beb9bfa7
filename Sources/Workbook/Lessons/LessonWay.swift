import Narration

extension Lesson {
  /// `8 steps`, or as many and more where the way branches.
  var length: String {
    let count = mainSteps.isEmpty ? 0 : 1 + shortestWay(from: mainSteps[0])
    let isOneWay = steps.allSatisfy { $0.branches.isEmpty }
    return ShortNames.plural(count, "step") + (isOneWay ? "" : " or more")
  }

  /// How many steps come after one, where every branch leads as far ahead as it can.
  func shortestWay(from place: Int) -> Int {
    var left = [Int](repeating: 0, count: steps.count)
    for step in mainSteps.reversed() {
      var next = steps[step].branches.compactMap { self.step($0.target) }.filter { $0 > step }
      // A branch without a condition leaves no other way.
      if steps[step].branches.allSatisfy({ $0.predicate != nil }), let usual = mainStep(after: step)
      {
        next.append(usual)
      }
      let mayEnd =
        self.step(Branch.end) == nil && steps[step].branches.contains { $0.target == Branch.end }
      left[step] = mayEnd ? 0 : next.map { left[$0] + 1 }.min() ?? 0
    }
    return left.indices.contains(place) ? left[place] : 0
  }
}
