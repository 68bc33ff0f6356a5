/* SPDX-License-Identifier: MIT */
/*
 * The works of bench-idr, once for each index: read with INDEX(name) naming
 * its functions.  Everything is called directly, so that the instructions are
 * those of the index and of a bare loop.
 *
 * What is counted is what happens in the functions measured_…().
 */

#define WORK(name) PASTE(work_, INDEX(name))
#define MEASURED(name) PASTE(measured_, INDEX(name))

/* --- fill: all ids in turn, as alloc_pid() does ------------------------------- */

static G_GNUC_NO_INLINE void MEASURED(fill)(struct bench *b)
{
	for (unsigned int i = 0; i < b->ids; i++)
		INDEX(alloc_cyclic)(b->index, b, b->limit);
}

static G_GNUC_UNUSED void WORK(full)(struct bench *b)
{
	b->index = INDEX(new)();
	for (unsigned int i = 0; i < b->ids; i++)
		INDEX(alloc_cyclic)(b->index, b, b->limit);
}

static G_GNUC_UNUSED void WORK(fill)(struct bench *b)
{
	b->index = INDEX(new)();
	bench_begin(b);
	MEASURED(fill)(b);
	bench_end(b, b->ids);
	b->bytes = INDEX(bytes)(b->index);
	INDEX(free)(b->index);
}

/* --- churn: a random one goes, the next one in turn comes ----------------------- */

static G_GNUC_NO_INLINE void MEASURED(churn)(struct bench *b)
{
	for (unsigned int i = 0; i < b->ops; i++) {
		unsigned int *victim = &b->taken[b->order[i]];

		INDEX(remove)(b->index, *victim);
		*victim = (unsigned int)INDEX(alloc_cyclic)(b->index, b, b->limit);
	}
}

/* So many random ids are free. */
static G_GNUC_UNUSED void WORK(churn_with)(struct bench *b, unsigned int free)
{
	WORK(full)(b);
	bench_shuffle(b);
	for (unsigned int i = 0; i < free; i++)
		INDEX(remove)(b->index, b->taken[--b->n_taken]);
	bench_order(b, b->n_taken);
	bench_begin(b);
	MEASURED(churn)(b);
	bench_end(b, b->ops);
	INDEX(free)(b->index);
}

static G_GNUC_UNUSED void WORK(churn_half)(struct bench *b)
{
	WORK(churn_with)(b, b->ids / 2);
}

static G_GNUC_UNUSED void WORK(churn_9999)(struct bench *b)
{
	WORK(churn_with)(b, MAX(b->ids / 10000, 1));
}

static G_GNUC_UNUSED void WORK(churn_one)(struct bench *b)
{
	WORK(churn_with)(b, 0); /* one goes, and is the only one that can come */
}

/* --- exhaustion --------------------------------------------------------------------- */

static G_GNUC_NO_INLINE void MEASURED(enospc)(struct bench *b)
{
	for (unsigned int i = 0; i < b->ops; i++)
		b->sum += (uintptr_t)INDEX(alloc_cyclic)(b->index, b, b->limit);
}

static G_GNUC_UNUSED void WORK(enospc)(struct bench *b)
{
	WORK(full)(b);
	bench_begin(b);
	MEASURED(enospc)(b);
	bench_end(b, b->ops);
	INDEX(free)(b->index);
}

/* --- 300 alive, the oldest goes ------------------------------------------------------ */

static G_GNUC_NO_INLINE void MEASURED(cycling)(struct bench *b)
{
	for (unsigned int i = 0; i < b->ops; i++) {
		unsigned int *victim = &b->taken[i % 300];

		INDEX(remove)(b->index, *victim);
		*victim = (unsigned int)INDEX(alloc_cyclic)(b->index, b, b->limit);
	}
}

static G_GNUC_UNUSED void WORK(cycling)(struct bench *b)
{
	b->index = INDEX(new)();
	for (unsigned int i = 0; i < 300; i++)
		b->taken[i] = (unsigned int)INDEX(alloc_cyclic)(b->index, b, b->limit);
	bench_begin(b);
	MEASURED(cycling)(b);
	bench_end(b, b->ops);
	INDEX(free)(b->index);
}

/* --- looking up ------------------------------------------------------------------------ */

static G_GNUC_NO_INLINE void MEASURED(find)(struct bench *b)
{
	uintptr_t sum = 0;

	for (unsigned int i = 0; i < b->ops; i++)
		sum += (uintptr_t)INDEX(find)(b->index, b->order[i]);
	b->sum += sum;
}

static G_GNUC_UNUSED void WORK(find)(struct bench *b)
{
	WORK(full)(b);
	bench_order(b, b->ids);
	bench_begin(b);
	MEASURED(find)(b);
	bench_end(b, b->ops);
	INDEX(free)(b->index);
}

static G_GNUC_NO_INLINE void MEASURED(next)(struct bench *b)
{
	int id = 0;

	for (unsigned int i = 0; i < b->next_ops; i++, id++)
		if (!INDEX(next)(b->index, &id))
			id = 0;
	b->sum += (uintptr_t)id;
}

/* From id to id, when only every so manyth one is there. */
static G_GNUC_UNUSED void WORK(next_with)(struct bench *b, unsigned int left)
{
	WORK(full)(b);
	bench_shuffle(b);
	while (b->n_taken > left)
		INDEX(remove)(b->index, b->taken[--b->n_taken]);
	b->next_ops = b->ops;
	bench_begin(b);
	MEASURED(next)(b);
	bench_end(b, b->next_ops);
	INDEX(free)(b->index);
}

static G_GNUC_UNUSED void WORK(next_dense)(struct bench *b)
{
	WORK(next_with)(b, b->ids);
}

static G_GNUC_UNUSED void WORK(next_half)(struct bench *b)
{
	WORK(next_with)(b, b->ids / 2);
}

static G_GNUC_UNUSED void WORK(next_sparse)(struct bench *b)
{
	WORK(next_with)(b, 100);
}

/* --- many small ones: made, used, dropped ------------------------------------------------ */

static G_GNUC_NO_INLINE void MEASURED(small)(struct bench *b, unsigned int ids)
{
	for (unsigned int i = 0; i < b->ops / 8; i++) {
		void *index = INDEX(new)();

		for (unsigned int id = 0; id < ids; id++)
			INDEX(alloc_cyclic)(index, b, b->limit);
		for (unsigned int id = 1; id <= ids; id++)
			b->sum += (uintptr_t)INDEX(find)(index, id);
		for (unsigned int id = 1; id <= ids; id++)
			INDEX(remove)(index, id);
		INDEX(free)(index);
	}
}

static G_GNUC_UNUSED void WORK(small_with)(struct bench *b, unsigned int ids)
{
	bench_begin(b);
	MEASURED(small)(b, ids);
	bench_end(b, b->ops / 8);
	/* And how much a thousand of them have. */
	b->bytes = 0;
	for (unsigned int i = 0; i < 1000; i++) {
		b->many[i] = INDEX(new)();
		for (unsigned int id = 0; id < ids; id++)
			INDEX(alloc_cyclic)(b->many[i], b, b->limit);
		b->bytes += INDEX(bytes)(b->many[i]);
	}
	for (unsigned int i = 0; i < 1000; i++)
		INDEX(free)(b->many[i]);
}

static G_GNUC_UNUSED void WORK(small_0)(struct bench *b)
{
	WORK(small_with)(b, 0);
}

static G_GNUC_UNUSED void WORK(small_1)(struct bench *b)
{
	WORK(small_with)(b, 1);
}

static G_GNUC_UNUSED void WORK(small_10)(struct bench *b)
{
	WORK(small_with)(b, 10);
}

#undef WORK
#undef MEASURED
