"""Our own records: values of ``posts.normalized``, as ``tgwire replay --direct`` and ``tgwire parse`` write them."""
