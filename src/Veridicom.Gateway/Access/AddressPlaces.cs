using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Veridicom.Gateway.Access;

/// <summary>Lets one address have only so many connections at once, so that one slow or hostile peer cannot hold all there are. Loopback may have all.</summary>
internal sealed class AddressPlaces(int most)
{
    private readonly ConcurrentDictionary<IPAddress, int> _taken = new();

    /// <summary>Before TLS: a connection too many ends without a word.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: { } address } || IPAddress.IsLoopback(address))
        {
            await next(connection);
            return;
        }
        int taken = _taken.AddOrUpdate(address, 1, static (_, count) => checked(count + 1));
        try
        {
            if (taken <= most) await next(connection);
            else connection.Abort(new ConnectionAbortedException("too many connections of one address"));
        }
        finally
        {
            Leave(address);
        }
    };

    private void Leave(IPAddress address)
    {
        while (_taken.TryGetValue(address, out int count))
        {
            if (count > 1 ? _taken.TryUpdate(address, count - 1, count) : _taken.TryRemove(new KeyValuePair<IPAddress, int>(address, count))) return;
        }
    }
}
