using System;
using System.IO;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Moe.Benchmarks.Peers.Torch;

/// <summary>Loads libtorch, also where libstdc++ is older than its package asks for.</summary>
internal static class TorchLibrary
{
    private const string NeededVersion = "GLIBCXX_3.4.32";

    /// <summary>Whether it can be used; if not, why.</summary>
    public static bool TryLoad(out string? reason)
    {
        try
        {
            string native = Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", "libLibTorchSharp.so");
            if (OperatingSystem.IsLinux() && File.Exists(native) && !NativeLibrary.TryLoad(native, out _) && VersionNeeds.Relax(native, NeededVersion))
                Console.Error.WriteLine($"libstdc++ here is older than the {NeededVersion} that {Path.GetFileName(native)} names; its copy in the output folder no longer insists on it.");
            torch.InitializeDeviceType(DeviceType.CPU);
            using torch.Tensor probe = torch.ones(1);
            reason = null;
            return true;
        }
        catch (Exception exception) when (exception is DllNotFoundException or NotSupportedException or TypeInitializationException or IOException or InvalidDataException)
        {
            reason = exception.GetBaseException().Message;
            return false;
        }
    }
}
