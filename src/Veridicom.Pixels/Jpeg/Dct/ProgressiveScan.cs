namespace Veridicom.Pixels.Jpeg.Dct;

/// <summary>
/// One scan of the progressive process (ISO/IEC 10918-1 G.1.2, G.2): the first bits, or one further bit, of a band of coefficients. Coefficients are 16 bits
/// in two's complement.
/// </summary>
internal ref struct ProgressiveScan
{
    private readonly int _start, _end, _low;
    private readonly bool _refines;
    private int _run;

    public ProgressiveScan(JpegScan scan)
    {
        (_start, _end, _low, _refines) = (scan.Start, scan.End, scan.Low, scan.High > 0);
        _run = 0;
    }

    /// <summary>Demands that no run of ended bands is left where an interval ends.</summary>
    public readonly void DemandRunEnded(ref EntropyReader reader)
    {
        if (_run > 0) throw new PixelException(PixelError.Malformed, reader.Position, "a run of ended bands leads out of its interval");
    }

    /// <summary>Reads one block.</summary>
    /// <param name="reader">Its data.</param>
    /// <param name="component">Its tables.</param>
    /// <param name="prediction">The DC coefficient before it, changed to its own.</param>
    /// <param name="block">64 coefficients.</param>
    public void Read(ref EntropyReader reader, in JpegScanComponent component, ref int prediction, Span<short> block)
    {
        unchecked
        {
            if (_start > 0)
            {
                if (_refines) RefineAc(ref reader, component.Ac!, block);
                else FirstAc(ref reader, component.Ac!, block);
            }
            else if (_refines)
            {
                reader.Fill();
                if (reader.Receive(1) != 0) block[0] |= (short)(1 << _low);
            }
            else
            {
                prediction += SequentialBlock.Difference(ref reader, component.Dc!);
                block[0] = (short)(prediction << _low);
            }
        }
    }

    private void FirstAc(ref EntropyReader reader, HuffmanTable table, Span<short> block)
    {
        if (_run > 0)
        {
            _run--;
            return;
        }
        for (int k = _start; k <= _end; k++)
        {
            reader.Fill();
            int symbol = reader.Decode(table), run = symbol >> 4, category = symbol & 15;
            if (category == 0 && run < 15)
            {
                _run = (1 << run) - 1 + reader.Receive(run);
                return;
            }
            k += run;
            if (k > _end || (category == 0 && k == _end)) throw Outside(ref reader);
            if (category > 0) block[SequentialBlock.Zigzag[k]] = unchecked((short)(reader.ReceiveExtend(category) << _low));
        }
    }

    private void RefineAc(ref EntropyReader reader, HuffmanTable table, Span<short> block)
    {
        int k = _start;
        if (_run == 0)
        {
            for (; k <= _end; k++)
            {
                reader.Fill();
                int symbol = reader.Decode(table), run = symbol >> 4;
                short value = 0;
                if ((symbol & 15) == 1) value = (short)(reader.Receive(1) != 0 ? 1 << _low : -1 << _low);
                else if ((symbol & 15) != 0) throw new PixelException(PixelError.Malformed, reader.Position, "a scan of one more bit has a coefficient of more bits");
                else if (run < 15)
                {
                    _run = (1 << run) + reader.Receive(run);
                    break;
                }
                // passes over `run` coefficients that are still zero, and over all others, which get their bit; stops at the zero behind them
                for (; k <= _end; k++)
                {
                    ref short known = ref block[SequentialBlock.Zigzag[k]];
                    if (known != 0) Refine(ref reader, ref known);
                    else if (run-- == 0) break;
                }
                if (k > _end) throw Outside(ref reader);
                block[SequentialBlock.Zigzag[k]] = value;
            }
            if (_run == 0) return;
        }
        else if (!block[1..].ContainsAnyExcept((short)0))
        {
            // the many blocks of a run that have nothing to refine cost almost no code, so they must cost little time
            _run--;
            return;
        }
        for (; k <= _end; k++)
        {
            ref short known = ref block[SequentialBlock.Zigzag[k]];
            if (known != 0) Refine(ref reader, ref known);
        }
        _run--;
    }

    /// <summary>One bit more: away from zero where it is set (G.1.2.3).</summary>
    private readonly void Refine(ref EntropyReader reader, ref short known)
    {
        reader.Fill();
        if (reader.Receive(1) == 0) return;
        unchecked
        {
            known += (short)(known > 0 ? 1 << _low : -1 << _low);
        }
    }

    private static PixelException Outside(ref EntropyReader reader)
    {
        reader.Demand();
        return new PixelException(PixelError.Malformed, reader.Position, "a run of zeros leads out of its band");
    }
}
