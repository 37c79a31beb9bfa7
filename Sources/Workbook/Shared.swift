/// A large value that copies share until one of them changes it.
///
/// A desk is copied for each line, for the way back, and most of what lies on it stays as it was.
struct Shared<Value> {
  private final class Room {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  private var room: Room

  init(_ value: Value) { room = Room(value) }

  var value: Value {
    _read { yield room.value }
    _modify {
      if !isKnownUniquelyReferenced(&room) { room = Room(room.value) }
      yield &room.value
    }
  }
}
