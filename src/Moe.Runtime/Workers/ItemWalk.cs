namespace Moe.Runtime.Workers;

/// <summary>A worker's way through items of unequal cost: it takes one after another from the common queue.</summary>
public ref struct ItemWalk
{
    private readonly Worker _worker;
    private readonly int _items;

    /// <summary>Items 0 to <paramref name="items"/> − 1.</summary>
    public ItemWalk(in Worker worker, int items)
    {
        _worker = worker;
        _items = items;
    }

    /// <summary>The item.</summary>
    public int Item { get; private set; }

    /// <summary>Goes to the next item; false when there is none.</summary>
    public bool Next()
    {
        if (!_worker.TryTake(_items, out int item))
            return false;

        Item = item;
        return true;
    }
}
