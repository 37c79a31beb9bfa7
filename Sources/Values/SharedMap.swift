/// A dictionary by names whose copies share what they have in common.
///
/// A copy costs nothing, and a change copies the few nodes on the way to it. Two copies of one map are
/// compared at the cost of what differs: where nothing was changed they have the same arrays, and an
/// `Array` is equal to itself without a look at its elements.
package struct SharedMap<Value: Equatable & Sendable>: Equatable, Sendable {
  private struct Entry: Equatable, Sendable {
    let hash: UInt
    let key: String
    var value: Value

    func precedes(_ other: Entry) -> Bool {
      hash == other.hash ? key < other.key : hash < other.hash
    }
  }

  /// Equal maps have equal nodes: a node is a leaf as long as its entries fit into one.
  private enum Node: Equatable, Sendable {
    /// In the order of their hashes.
    case leaf([Entry])
    /// One for each value of four bits of the hash.
    case branch([Node], count: Int)
  }

  private static var largestLeaf: Int { 8 }
  /// So many times four bits a hash has; what is alike to its last bit lies in one leaf.
  private static var deepest: Int { UInt.bitWidth / 4 }

  private var root = Node.leaf([])

  package init() {}

  package var count: Int { Self.count(root) }
  package var isEmpty: Bool { count == 0 }

  /// In no order.
  package var keys: [String] {
    var entries: [Entry] = []
    Self.collect(root, &entries)
    return entries.map(\.key)
  }

  /// In no order.
  package var values: [Value] {
    var entries: [Entry] = []
    Self.collect(root, &entries)
    return entries.map(\.value)
  }

  package subscript(key: String) -> Value? {
    get {
      let hash = Self.hash(key)
      var node = root
      var depth = 0
      while true {
        switch node {
        case .leaf(let entries):
          return entries.first { $0.hash == hash && $0.key == key }?.value
        case .branch(let children, _):
          node = children[Self.place(hash, depth)]
          depth += 1
        }
      }
    }
    set {
      let hash = Self.hash(key)
      if let newValue {
        Self.insert(Entry(hash: hash, key: key, value: newValue), into: &root, at: 0)
      } else if self[key] != nil {
        Self.remove(key, hash, from: &root, at: 0)
      }
    }
  }

  /// The keys that have another value here, or one on one side alone; in no order.
  package func changes(since old: SharedMap) -> [String] {
    var found: [String] = []
    Self.compare(old.root, root, &found)
    return found
  }

  // MARK: Nodes

  private static func hash(_ key: String) -> UInt { UInt(bitPattern: key.hashValue) }

  private static func place(_ hash: UInt, _ depth: Int) -> Int {
    Int((hash >> UInt(depth * 4)) & 0xF)
  }

  private static func count(_ node: Node) -> Int {
    switch node {
    case .leaf(let entries): entries.count
    case .branch(_, let count): count
    }
  }

  private static func collect(_ node: Node, _ found: inout [Entry]) {
    switch node {
    case .leaf(let entries): found += entries
    case .branch(let children, _): for child in children { collect(child, &found) }
    }
  }

  /// A node for entries that are in order.
  private static func node(of entries: [Entry], at depth: Int) -> Node {
    guard entries.count > largestLeaf, depth < deepest else { return .leaf(entries) }
    var parts = [[Entry]](repeating: [], count: 16)
    for entry in entries { parts[place(entry.hash, depth)].append(entry) }
    return .branch(parts.map { node(of: $0, at: depth + 1) }, count: entries.count)
  }

  private static func insert(_ entry: Entry, into node: inout Node, at depth: Int) {
    switch node {
    case .leaf(var entries):
      // What the node holds no more is changed in place.
      node = .leaf([])
      let index = entries.firstIndex { !$0.precedes(entry) } ?? entries.count
      if index < entries.count, entries[index].hash == entry.hash, entries[index].key == entry.key {
        entries[index].value = entry.value
      } else {
        entries.insert(entry, at: index)
      }
      node = Self.node(of: entries, at: depth)
    case .branch(var children, var count):
      node = .leaf([])
      let index = place(entry.hash, depth)
      count -= Self.count(children[index])
      insert(entry, into: &children[index], at: depth + 1)
      count += Self.count(children[index])
      node = .branch(children, count: count)
    }
  }

  private static func remove(_ key: String, _ hash: UInt, from node: inout Node, at depth: Int) {
    switch node {
    case .leaf(var entries):
      entries.removeAll { $0.hash == hash && $0.key == key }
      node = .leaf(entries)
    case .branch(var children, let count):
      node = .leaf([])
      let index = place(hash, depth)
      remove(key, hash, from: &children[index], at: depth + 1)
      if count - 1 > largestLeaf {
        node = .branch(children, count: count - 1)
      } else {
        var left: [Entry] = []
        for child in children { collect(child, &left) }
        node = .leaf(left.sorted { $0.precedes($1) })
      }
    }
  }

  private static func compare(_ old: Node, _ new: Node, _ found: inout [String]) {
    if old == new { return }
    if case .branch(let olds, _) = old, case .branch(let news, _) = new {
      for (old, new) in zip(olds, news) { compare(old, new, &found) }
      return
    }
    var before: [Entry] = []
    var after: [Entry] = []
    collect(old, &before)
    collect(new, &after)
    let values = Dictionary(before.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    let names = Set(after.map(\.key))
    found += after.filter { values[$0.key] != $0.value }.map(\.key)
    found += before.map(\.key).filter { !names.contains($0) }
  }
}
