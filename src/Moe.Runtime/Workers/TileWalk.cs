using System;

namespace Moe.Runtime.Workers;

/// <summary>
/// A worker's way through the tiles of a matrix product: runs of panels × runs of rows. With few rows every worker has one
/// run of panels of its own, read once from end to end; with many, workers take tiles from their common queue.
/// </summary>
public ref struct TileWalk
{
    /// <summary>Most rows of a tile.</summary>
    public const int RowsPerTile = 48;

    /// <summary>Up to so many rows a product is bound by reading weights, and panels are divided once and for all.</summary>
    public const int FewRows = 4;

    // What a register tile of one row reads side by side.
    private const int MostPanels = 8;

    // So many tiles for each worker, if there are panels enough: the last ones to work then are not far behind.
    private const int TilesPerWorker = 4;

    private readonly Worker _worker;
    private readonly int _panelsPerTile;
    private readonly int _rows;
    private readonly int _rowTiles;
    private readonly int _tiles;
    private readonly int _panelEnd;
    private readonly bool _isStatic;
    private int _nextPanel;

    /// <summary>All tiles of panels × rows.</summary>
    /// <param name="worker">Whose way it is.</param>
    /// <param name="panels">Panels of 16 weight rows.</param>
    /// <param name="panelsPerTile">Panels of a tile of <see cref="RowsPerTile"/> rows; fewer rows may have more.</param>
    /// <param name="rows">Rows of the input.</param>
    public TileWalk(in Worker worker, int panels, int panelsPerTile, int rows)
    {
        _worker = worker;
        _panelsPerTile = PanelsOf(panelsPerTile, rows);
        _rows = rows;
        _isStatic = !HasWholeTiles(rows);
        if (_isStatic)
        {
            worker.Slice(panels, out _nextPanel, out _panelEnd);
            if (rows == 0)
                _nextPanel = _panelEnd;
        }
        else
        {
            _panelEnd = panels;
            _panelsPerTile = Math.Min(_panelsPerTile, Math.Max(panelsPerTile, panels / (TilesPerWorker * worker.Count))) / panelsPerTile * panelsPerTile;
            _rowTiles = (rows + RowsPerTile - 1) / RowsPerTile;
            _tiles = _rowTiles * ((panels + _panelsPerTile - 1) / _panelsPerTile);
        }
    }

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

    /// <summary>Whether tiles of so many rows begin at multiples of the panels per tile that the walk is given.</summary>
    public static bool HasWholeTiles(int rows) => rows > FewRows;

    /// <summary>
    /// Panels of a tile of so many rows: where there are few, more than <paramref name="panelsPerTile"/> have room, and more streams of
    /// weights are read at a time.
    /// </summary>
    internal static int PanelsOf(int panelsPerTile, int rows) =>
        Math.Max(panelsPerTile, Math.Min(MostPanels, RowsPerTile * panelsPerTile / Math.Clamp(rows, 1, RowsPerTile)));

    /// <summary>Goes to the next tile; false when there is none.</summary>
    public bool Next()
    {
        if (_isStatic)
        {
            if (_nextPanel >= _panelEnd)
                return false;

            FirstPanel = _nextPanel;
            Panels = Math.Min(_panelsPerTile, _panelEnd - _nextPanel);
            Rows = _rows;
            _nextPanel += Panels;
            return true;
        }

        if (!_worker.TryTake(_tiles, out int tile))
            return false;

        // Along the rows first: the workers then read the same panels at the same time.
        FirstPanel = tile / _rowTiles * _panelsPerTile;
        Panels = Math.Min(_panelsPerTile, _panelEnd - FirstPanel);
        FirstRow = tile % _rowTiles * RowsPerTile;
        Rows = Math.Min(RowsPerTile, _rows - FirstRow);
        return true;
    }
}
