import Foundation
import Testing
import Values

@testable import Replies

/// Expressions with their results and errors, in `Tests/Conformance/queries.txt`: every rule of the
/// grammar and every function, right and wrong, as the client's own library for queries has them.
@Suite struct QueryRowTests {
  @Test func everyExpressionGivesWhatTheClientsLibraryGives() throws {
    let place = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Conformance/queries.txt")
    let text = try String(contentsOf: place, encoding: .utf8)
    var document = JSON.null
    var count = 0
    for block in text.components(separatedBy: "\n\n") {
      var expression = ""
      var result: String?
      var error: [Substring] = []
      for line in block.split(separator: "\n", omittingEmptySubsequences: false) {
        switch line.first {
        case "%": document = try JSON(parsing: String(line.dropFirst(2)))
        case "?": expression = String(line.dropFirst(2))
        case "=": result = String(line.dropFirst(2))
        case "|": error.append(line.dropFirst(2))
        default: continue
        }
      }
      guard result != nil || !error.isEmpty else { continue }
      count += 1
      do throws(JMESPathError) {
        let found = try JMESPath(parsing: expression).search(document)
        guard let result else {
          Issue.record("\(expression) gave \(found.line)")
          continue
        }
        let wanted = try JSON.init(parsingRow: result)
        // To the letter: 3.0 is not 3.
        #expect(
          found.line.isSpelled(as: wanted.line), "\(expression) gave \(found.line), not \(result)")
      } catch {
        #expect(result == nil, "\(expression): \(error.message)")
        #expect(error.message == errorText(of: block), "\(expression)")
      }
    }
    #expect(count > 120)
  }

  private func errorText(of block: String) -> String {
    block.split(separator: "\n", omittingEmptySubsequences: false).filter { $0.hasPrefix("|") }
      .map { String($0.dropFirst(2)) }.joined(separator: "\n")
  }
}

extension JSON {
  fileprivate init(parsingRow text: String) throws(JMESPathError) {
    do {
      self = try JSON(parsing: text)
    } catch {
      throw JMESPathError(kind: .syntax, message: error.description, offset: nil)
    }
  }
}
