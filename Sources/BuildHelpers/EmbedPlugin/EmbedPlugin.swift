import Foundation
import PackagePlugin

/// Writes a room's text files (lessons, API models) into one Swift file of string literals.
///
/// Foundation is only used while building, for listing the folder; the program does not know it.
@main struct EmbedPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let folder = target.directoryURL
    let files = try textFiles(below: folder)
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(files.count) files of \(target.name)",
        executable: try context.tool(named: "EmbedFiles").url,
        arguments: [output.path(), folder.path()] + files.map { $0.path() },
        inputFiles: files, outputFiles: [output])
    ]
  }

  private func textFiles(below folder: URL) throws -> [URL] {
    let endings: Set<String> = ["md", "json", "model", "txt"]
    let entries = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    var files: [URL] = []
    while let file = entries?.nextObject() as? URL {
      if endings.contains(file.pathExtension) { files.append(file) }
    }
    return files.sorted { $0.path() < $1.path() }
  }
}
