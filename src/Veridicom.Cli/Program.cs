using System.Runtime.InteropServices;
using System.Text;
using Veridicom.Cli;

// Asked by scripts and by people in a hurry: answered before anything else is loaded.
if (args is ["--version"])
{
    Console.Out.WriteLine(CommandLine.VersionText);
    return 0;
}

var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var output = new StreamWriter(Console.OpenStandardOutput(), utf8, 1 << 14);
using var error = new StreamWriter(Console.OpenStandardError(), utf8, 1 << 10) { AutoFlush = true };
ConsolePerson? person = Console.IsInputRedirected || Console.IsErrorRedirected ? null : new ConsolePerson(error);
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, GiveUp);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, GiveUp);
return CommandLine.Run(args, new Surroundings
{
    Out = output,
    Error = error,
    OutIsTerminal = !Console.IsOutputRedirected,
    ErrorIsTerminal = !Console.IsErrorRedirected,
    Person = person is null ? new NoPerson() : person,
    Stop = stop.Token,
});

void GiveUp(PosixSignalContext context)
{
    // The first Ctrl-C lets each worker clean up behind itself; the second one ends the process at once.
    if (stop.IsCancellationRequested || person is { IsAsking: true }) return;
    context.Cancel = true;
    stop.Cancel();
}
