/* SPDX-License-Identifier: MIT */
/* Doubly linked lists inside the things that they link. */
#ifndef PIDNSFS_CORE_LIST_H
#define PIDNSFS_CORE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_head {
	struct list_head *next, *prev;
};

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_link(struct list_head *item, struct list_head *prev, struct list_head *next)
{
	item->prev = prev;
	item->next = next;
	prev->next = item;
	next->prev = item;
}

static inline void list_add(struct list_head *item, struct list_head *head)
{
	list_link(item, head, head->next);
}

static inline void list_add_tail(struct list_head *item, struct list_head *head)
{
	list_link(item, head->prev, head);
}

/* The item is then an empty list, so that a second list_del_init is harmless. */
static inline void list_del_init(struct list_head *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	INIT_LIST_HEAD(item);
}

/* item takes the place of old, which is empty afterwards. */
static inline void list_replace_init(struct list_head *old, struct list_head *item)
{
	if (list_empty(old)) {
		INIT_LIST_HEAD(item);
		return;
	}
	list_link(item, old->prev, old->next);
	INIT_LIST_HEAD(old);
}

static inline void list_splice_tail_init(struct list_head *list, struct list_head *head)
{
	if (list_empty(list))
		return;
	list->next->prev = head->prev;
	head->prev->next = list->next;
	list->prev->next = head;
	head->prev = list->prev;
	INIT_LIST_HEAD(list);
}

/* --- lists whose head is one pointer, as pid->tasks --------------------------- */

struct hlist_node {
	struct hlist_node *next, **pprev; /* pprev NULL: in no list */
};

struct hlist_head {
	struct hlist_node *first;
};

static inline bool hlist_empty(const struct hlist_head *head)
{
	return !head->first;
}

static inline void hlist_add_head(struct hlist_node *item, struct hlist_head *head)
{
	item->next = head->first;
	if (item->next)
		item->next->pprev = &item->next;
	head->first = item;
	item->pprev = &head->first;
}

/* It is in no list then, so that a second one is harmless. */
static inline void hlist_del_init(struct hlist_node *item)
{
	if (!item->pprev)
		return;
	*item->pprev = item->next;
	if (item->next)
		item->next->pprev = item->pprev;
	item->next = NULL;
	item->pprev = NULL;
}

/* item takes the place of old, which is in no list afterwards. */
static inline void hlist_replace_init(struct hlist_node *old, struct hlist_node *item)
{
	*item = *old;
	if (!item->pprev)
		return;
	*item->pprev = item;
	if (item->next)
		item->next->pprev = &item->next;
	old->next = NULL;
	old->pprev = NULL;
}

#define hlist_entry_safe(ptr, type, member) \
	({                                  \
		__typeof__(ptr) ptr_ = (ptr); \
		ptr_ ? list_entry(ptr_, type, member) : NULL; \
	})

#define hlist_for_each_entry(pos, head, member)                                          \
	for (pos = hlist_entry_safe((head)->first, __typeof__(*pos), member); pos;           \
	     pos = hlist_entry_safe(pos->member.next, __typeof__(*pos), member))

/* --- the same with a last one: in order, and joined at once --------------------- */

/* Its items are list_heads in a ring; the last one is the first one's prev. */
struct chain {
	struct list_head *first;
};

static inline bool chain_empty(const struct chain *chain)
{
	return !chain->first;
}

static inline void chain_add_tail(struct list_head *item, struct chain *chain)
{
	if (chain->first)
		list_add_tail(item, chain->first);
	else
		INIT_LIST_HEAD(chain->first = item);
}

static inline void chain_del_init(struct list_head *item, struct chain *chain)
{
	if (chain->first == item)
		chain->first = item->next == item ? NULL : item->next;
	list_del_init(item);
}

static inline void chain_replace_init(struct list_head *old, struct list_head *item,
				      struct chain *chain)
{
	list_replace_init(old, item);
	if (chain->first == old)
		chain->first = item;
}

/* All of chain go behind the last one of to. */
static inline void chain_splice_tail_init(struct chain *chain, struct chain *to)
{
	struct list_head *first = to->first, *more = chain->first, *last;

	chain->first = NULL;
	if (!first || !more) {
		to->first = first ? first : more;
		return;
	}
	last = more->prev;
	first->prev->next = more;
	more->prev = first->prev;
	last->next = first;
	first->prev = last;
}

static inline struct list_head *chain_next(const struct chain *chain, const struct list_head *item)
{
	return item->next == chain->first ? NULL : item->next;
}

#define chain_for_each_entry(pos, chain, member)                                           \
	for (pos = hlist_entry_safe((chain)->first, __typeof__(*pos), member); pos;            \
	     pos = hlist_entry_safe(chain_next(chain, &pos->member), __typeof__(*pos), member))

/* The body may take pos out. */
#define chain_for_each_entry_safe(pos, n, chain, member)                                    \
	for (pos = hlist_entry_safe((chain)->first, __typeof__(*pos), member);                  \
	     pos && ((n = hlist_entry_safe(chain_next(chain, &pos->member), __typeof__(*pos),   \
					   member)),                                            \
		     true);                                                                     \
	     pos = n)

/* --- walking ------------------------------------------------------------------- */

#define list_for_each_entry(pos, head, member)                                       \
	for (pos = list_entry((head)->next, __typeof__(*pos), member); &pos->member != (head); \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))

#define list_for_each_entry_safe(pos, n, head, member)                                  \
	for (pos = list_entry((head)->next, __typeof__(*pos), member),                  \
	    n = list_entry(pos->member.next, __typeof__(*pos), member);                 \
	     &pos->member != (head);                                                    \
	     pos = n, n = list_entry(n->member.next, __typeof__(*n), member))

#endif
