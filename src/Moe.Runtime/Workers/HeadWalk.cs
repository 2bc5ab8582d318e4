namespace Moe.Runtime.Workers;

/// <summary>A worker's way through the tiles of one matrix product for each head: heads × runs of panels × runs of rows.</summary>
public ref struct HeadWalk
{
    private readonly Worker _worker;
    private readonly int _panels;
    private readonly int _panelsPerTile;
    private readonly int _panelTiles;
    private readonly int _rows;
    private readonly int _rowTiles;
    private readonly int _end;
    private readonly bool _isStatic;
    private int _next;

    /// <summary>All tiles of heads × panels × rows.</summary>
    /// <param name="worker">Whose way it is.</param>
    /// <param name="heads">Heads, each with a matrix of its own.</param>
    /// <param name="panels">Panels of 16 weight rows of one head.</param>
    /// <param name="panelsPerTile">Panels of a tile of <see cref="TileWalk.RowsPerTile"/> rows; fewer rows may have more.</param>
    /// <param name="rows">Rows of the input.</param>
    public HeadWalk(in Worker worker, int heads, int panels, int panelsPerTile, int rows)
    {
        _worker = worker;
        _panels = panels;
        _panelsPerTile = TileWalk.PanelsOf(panelsPerTile, rows);
        _panelTiles = (panels + _panelsPerTile - 1) / _panelsPerTile;
        _rows = rows;
        _rowTiles = (rows + TileWalk.RowsPerTile - 1) / TileWalk.RowsPerTile;
        _end = heads * _panelTiles * _rowTiles;
        _isStatic = rows <= TileWalk.FewRows;
        if (_isStatic)
            worker.Slice(_end, out _next, out _end);
    }

    /// <summary>Head of the tile.</summary>
    public int Head { get; private set; }

    /// <summary>First panel of the tile within its head.</summary>
    public int FirstPanel { get; private set; }

    /// <summary>Panels of the tile.</summary>
    public int Panels { get; private set; }

    /// <summary>First row of the tile.</summary>
    public int FirstRow { get; private set; }

    /// <summary>Rows of the tile.</summary>
    public int Rows { get; private set; }

    /// <summary>First output column within the head: FirstPanel · 16.</summary>
    public readonly int FirstColumn => FirstPanel * 16;

    /// <summary>Output columns: Panels · 16.</summary>
    public readonly int Width => Panels * 16;

    /// <summary>Goes to the next tile; false when there is none.</summary>
    public bool Next()
    {
        int tile;
        if (_isStatic)
        {
            if (_next >= _end)
                return false;

            tile = _next++;
        }
        else if (!_worker.TryTake(_end, out tile))
        {
            return false;
        }

        int rowTile = tile % _rowTiles;
        int panelTile = tile / _rowTiles;
        Head = panelTile / _panelTiles;
        FirstPanel = panelTile % _panelTiles * _panelsPerTile;
        Panels = System.Math.Min(_panelsPerTile, _panels - FirstPanel);
        FirstRow = rowTile * TileWalk.RowsPerTile;
        Rows = System.Math.Min(TileWalk.RowsPerTile, _rows - FirstRow);
        return true;
    }
}
