using System.Net.Sockets;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Tls;

namespace Veridicom.Dimse.User;

/// <summary>Calls peers.</summary>
public static class DimseClient
{
    /// <summary>Opens an association.</summary>
    /// <param name="target">Whom to call.</param>
    /// <param name="contexts">What is proposed; see <see cref="Proposal"/>. What the peer refused of it shows when it is needed.</param>
    /// <param name="stop">Ends the association at any time, later as well: then its calls throw OperationCanceledException.</param>
    /// <param name="roles">Roles of ours other than user of the SOP class (PS3.7-2023b D.3.3.4), to report storage commitment.</param>
    /// <exception cref="DimseException">The peer cannot be reached, is not trusted, or does not want us.</exception>
    public static async Task<UserAssociation> OpenAsync(
        DimseTarget target, IReadOnlyList<ProposedContext> contexts, CancellationToken stop, IReadOnlyList<RoleSelection>? roles = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        var request = new AssociateRequest
        {
            CalledAe = target.CalledAe,
            CallingAe = target.CallingAe,
            Contexts = contexts,
            User = new UserInformation
            {
                MaxLength = (uint)target.Options.Limits.MaxPduLength,
                ImplementationClassUid = DimseImplementation.ClassUid,
                ImplementationVersion = DimseImplementation.VersionName,
                Roles = roles ?? [],
            },
        };
        Socket? socket = null;
        Stream? stream = null;
        try
        {
            socket = await ConnectAsync(target, stop);
            stream = new NetworkStream(socket, ownsSocket: true);
            TlsConnection? secured = target.Tls is null ? null : await DicomTls.AuthenticateAsClientAsync(stream, target.Host, target.Tls, target.Options.Time, stop);
            // from here on the association owns them, whether or not it comes to be
            (Socket owned, Stream through) = (socket, secured?.Stream ?? stream);
            (socket, stream) = (null, null);
            return new UserAssociation(await Association.RequestAsync(through, owned, request, target.Options, stop), secured);
        }
        catch (Exception e) when (DimseException.IsKnown(e))
        {
            throw DimseException.From(e);
        }
        finally
        {
            if (stream is not null) await stream.DisposeAsync();
            socket?.Dispose();
        }
    }

    /// <summary>Opens an association for verification, echoes, releases.</summary>
    /// <exception cref="DimseException">As for the parts of it.</exception>
    public static async Task<DimseStatus> EchoAsync(DimseTarget target, CancellationToken stop)
    {
        await using UserAssociation association = await OpenAsync(target, Proposal.Verification, stop);
        DimseStatus status = await association.EchoAsync();
        await association.ReleaseAsync();
        return status;
    }

    private static async Task<Socket> ConnectAsync(DimseTarget target, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var late = new CancellationTokenSource(target.ConnectTime, target.Options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        try
        {
            await socket.ConnectAsync(target.Host, target.Port, either.Token);
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            stop.ThrowIfCancellationRequested();
            if (!late.IsCancellationRequested) throw;
            throw new DimseException(DimseFault.Unreachable, $"no connection within {target.ConnectTime.TotalSeconds:0} s", e);
        }
    }
}
