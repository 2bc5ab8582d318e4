using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading;
using Moe.Runtime.Numerics;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Moe.Runtime.Tests;

/// <summary>
/// The tests as a program of their own, for machines and emulators that have no SDK to run <c>dotnet test</c>. Arguments are parts of full
/// names of tests, of which one is enough; one with a minus before it leaves tests out. Ends with 1 where a test fails or none is found.
/// </summary>
internal static class TestProgram
{
    private static int Main(string[] arguments)
    {
        Console.WriteLine($"{RuntimeInformation.RuntimeIdentifier}, {CpuInstructions.Describe()}, {Environment.ProcessorCount} processors");
        Report report = new();
        Options options = new();
        using XunitTestFramework framework = new(report);
        Assembly assembly = typeof(TestProgram).Assembly;

        framework.GetDiscoverer(Reflector.Wrap(assembly)).Find(includeSourceInformation: false, report, options);
        report.Discovered.Wait();
        List<IXunitTestCase> cases = [.. report.Cases.OfType<IXunitTestCase>().Where(test => IsAskedFor(test, arguments))];
        framework.GetExecutor(assembly.GetName()).RunTests(cases, report, options);
        report.Finished.Wait();

        Console.WriteLine($"{report.Passed} passed, {report.Skipped} skipped, {report.Failed} failed");
        return report.Failed == 0 && report.Passed > 0 ? 0 : 1;
    }

    private static bool IsAskedFor(ITestCase test, string[] arguments)
    {
        string name = $"{test.TestMethod.TestClass.Class.Name}.{test.TestMethod.Method.Name}";
        IEnumerable<string> wanted = arguments.Where(part => !part.StartsWith('-'));
        return (!wanted.Any() || wanted.Any(part => name.Contains(part, StringComparison.Ordinal)))
            && !arguments.Any(part => part.StartsWith('-') && name.Contains(part[1..], StringComparison.Ordinal));
    }

    private sealed class Report : LongLivedMarshalByRefObject, IMessageSink
    {
        internal readonly ConcurrentQueue<ITestCase> Cases = new();
        internal readonly ManualResetEventSlim Discovered = new(), Finished = new();
        internal int Passed, Skipped, Failed;

        public bool OnMessage(IMessageSinkMessage message)
        {
            switch (message)
            {
                case ITestCaseDiscoveryMessage found:
                    Cases.Enqueue(found.TestCase);
                    break;
                case IDiscoveryCompleteMessage:
                    Discovered.Set();
                    break;
                case ITestPassed passed:
                    Interlocked.Increment(ref Passed);
                    if (passed.ExecutionTime >= 5)
                        Console.WriteLine($"{passed.ExecutionTime:F0} s  {passed.Test.DisplayName}");
                    break;
                case ITestSkipped skipped:
                    Interlocked.Increment(ref Skipped);
                    Console.WriteLine($"skipped  {skipped.Test.DisplayName}: {skipped.Reason}");
                    break;
                case ITestFailed failed:
                    Fail(failed.Test.DisplayName, failed);
                    break;
                case ITestAssemblyFinished:
                    Finished.Set();
                    break;
                case IFailureInformation failure:
                    Fail(message.GetType().Name, failure);
                    break;
            }

            return true;
        }

        private void Fail(string name, IFailureInformation failure)
        {
            Interlocked.Increment(ref Failed);
            Console.WriteLine($"FAILED  {name}\n{string.Join('\n', failure.Messages)}\n{string.Join('\n', failure.StackTraces)}");
        }
    }

    private sealed class Options : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        private readonly Dictionary<string, object?> _values = [];

        public TValue GetValue<TValue>(string name) => _values.TryGetValue(name, out object? value) ? (TValue)value! : default!;

        public void SetValue<TValue>(string name, TValue value) => _values[name] = value;
    }
}
