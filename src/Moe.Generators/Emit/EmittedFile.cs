namespace Moe.Generators.Emit;

/// <summary>One generated file. Value-equal, so that an unchanged file is not added anew.</summary>
/// <param name="Name">File name, such as "Demo.TinyMoe.Cpu.g.cs".</param>
/// <param name="Text">Its whole text, lines ended by "\n".</param>
internal sealed record EmittedFile(string Name, string Text);
