using System.Diagnostics;
using System.Runtime.InteropServices;
using Veridicom.OpenJpeg;

// The worker: decodes one codestream after the other from standard input until that ends. Arguments: the hard limit of memory in MiB, then the
// names under which the library is looked for. It is started by OpenJpegWorkers and of no use to people.
if (args.Length < 2 || !int.TryParse(args[0], out int hardLimit))
{
    Console.Error.WriteLine("This program decodes JPEG 2000 for veridicom, which starts it by itself.");
    return 2;
}

// Ctrl-C goes to every process of the terminal: whoever started this one decides when it ends.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
using Process self = Process.GetCurrentProcess();
using var watchdog = new Timer(_ => self.Kill());

OpenJpegLibrary? library = OpenJpegLibrary.Load(args[1..]);
output.Write([.. Request.Greeting, (byte)(library is null ? 0 : 1)]);
output.Flush();
if (library is null) return 0;
Confinement.Enter(hardLimit);

byte[] head = new byte[Request.Length];
try
{
    while (input.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length)
    {
        Request request = Request.Read(head);
        watchdog.Change(request.Milliseconds, Timeout.Infinite);
        Confinement.Allow(request.Megabytes);
        library.Answer(request, input, output);
        output.Flush();
        watchdog.Change(Timeout.Infinite, Timeout.Infinite);
    }
}
catch (IOException)
{
    // Nobody listens any more.
}
return 0;
