using System;
using Moe.Runtime.Memory;

namespace Moe.Runtime.Workers;

/// <summary>
/// A worker's way through the tiles of a layer's experts: blocks of one expert's rows × runs of panels, all in one queue.
/// An expert without rows has no tile. With few rows every worker has one run of panels of every expert.
/// </summary>
public ref struct ExpertWalk
{
    private readonly Worker _worker;
    private readonly ExpertGroups _groups;
    private readonly int _panelsPerTile;
    private readonly int _runPanels;
    private readonly int _runs;
    private readonly int _panelBegin;
    private readonly int _panelEnd;
    private readonly bool _isStatic;
    private readonly int _firstExpert;
    private readonly int _firstBlock;
    private readonly int _blockEnd;
    private int _block;
    private int _nextPanel;
    private int _runEnd;

    /// <summary>All tiles of the arranged rows × panels.</summary>
    /// <param name="worker">Whose way it is.</param>
    /// <param name="groups">The rows, arranged by expert.</param>
    /// <param name="panels">Panels of 16 weight rows of one expert.</param>
    /// <param name="panelsPerTile">Panels of a tile of <see cref="TileWalk.RowsPerTile"/> rows; fewer rows may have more.</param>
    public ExpertWalk(in Worker worker, ExpertGroups groups, int panels, int panelsPerTile)
        : this(worker, groups, panels, panelsPerTile, 0, 0, groups.Blocks, groups.Rows)
    {
    }

    /// <summary>All tiles of the rows of some experts × panels.</summary>
    /// <param name="worker">Whose way it is.</param>
    /// <param name="groups">The rows, arranged by expert.</param>
    /// <param name="panels">Panels of 16 weight rows of one expert.</param>
    /// <param name="panelsPerTile">Panels of a tile of <see cref="TileWalk.RowsPerTile"/> rows; fewer rows may have more.</param>
    /// <param name="firstExpert">The first of the experts, which <see cref="Expert"/> is counted from.</param>
    /// <param name="experts">How many.</param>
    public ExpertWalk(in Worker worker, ExpertGroups groups, int panels, int panelsPerTile, int firstExpert, int experts)
        : this(
            worker,
            groups,
            panels,
            panelsPerTile,
            firstExpert,
            groups.FirstBlockOf(firstExpert),
            groups.FirstBlockOf(firstExpert + experts),
            groups.FirstRowOf(firstExpert + experts) - groups.FirstRowOf(firstExpert))
    {
    }

    private ExpertWalk(in Worker worker, ExpertGroups groups, int panels, int panelsPerTile, int firstExpert, int firstBlock, int blockEnd, int rows)
    {
        _worker = worker;
        _groups = groups;
        _panelsPerTile = panelsPerTile;
        _panelEnd = panels;
        int blocks = blockEnd - firstBlock;
        // Whole tiles of blocks with many rows, among others with few.
        _runPanels = TileWalk.PanelsOf(panelsPerTile, blocks == 0 ? 1 : rows / blocks) / panelsPerTile * panelsPerTile;
        _runs = (panels + _runPanels - 1) / _runPanels;

        // Static where blocks are single rows or nearly so: then the cost is reading weights, the same for every panel.
        _firstExpert = firstExpert;
        _firstBlock = firstBlock;
        _blockEnd = blockEnd;
        _block = firstBlock - 1;
        _isStatic = !HasWholeTiles(rows);
        if (_isStatic)
            worker.Slice(panels, out _panelBegin, out _panelEnd);
    }

    /// <summary>Expert of the tile.</summary>
    public int Expert { get; private set; }

    /// <summary>First panel of the tile.</summary>
    public int FirstPanel { get; private set; }

    /// <summary>Panels of the tile.</summary>
    public int Panels { get; private set; }

    /// <summary>First row of the tile.</summary>
    public int FirstRow { get; private set; }

    /// <summary>Rows of the tile.</summary>
    public int Rows { get; private set; }

    /// <summary>First output column: FirstPanel · 16.</summary>
    public readonly int FirstColumn => FirstPanel * 16;

    /// <summary>Output columns: Panels · 16.</summary>
    public readonly int Width => Panels * 16;

    /// <summary>Whether tiles of so many rows of experts, all together, begin at multiples of the panels per tile that the walk is given.</summary>
    public static bool HasWholeTiles(int rows) => rows > TileWalk.FewRows * 8;

    /// <summary>Goes to the next tile; false when there is none.</summary>
    public bool Next()
    {
        if (_nextPanel == _runEnd && !NextRun())
            return false;

        FirstPanel = _nextPanel;
        int panels = TileWalk.PanelsOf(_panelsPerTile, Rows);
        Panels = Math.Min(_isStatic ? panels : panels / _panelsPerTile * _panelsPerTile, _runEnd - _nextPanel);
        _nextPanel += Panels;
        return true;
    }

    // Panels of one block: this worker's part of them, or a run from the queue.
    private bool NextRun()
    {
        if (_isStatic)
        {
            if (++_block >= _blockEnd || _panelBegin >= _panelEnd)
                return false;

            (_nextPanel, _runEnd) = (_panelBegin, _panelEnd);
        }
        else
        {
            if (!_worker.TryTake((_blockEnd - _firstBlock) * _runs, out int run))
                return false;

            _block = _firstBlock + (run / _runs);
            _nextPanel = run % _runs * _runPanels;
            _runEnd = Math.Min(_nextPanel + _runPanels, _panelEnd);
        }

        Expert = _groups.ExpertOf(_block) - _firstExpert;
        FirstRow = _groups.FirstOf(_block);
        Rows = _groups.RowsOf(_block);
        return true;
    }
}
