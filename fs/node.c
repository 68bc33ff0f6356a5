/* SPDX-License-Identifier: MIT */
#include "fs/node.h"

#include <inttypes.h>

#include "fs/entry.h"
#include "util/trace.h"

#define ROOT_ID 1

#define INO_BITS 40
#define ROW_SHIFT 40
#define ROW_MASK 0x7fu
#define FD_INO_BITS 31
#define FD_SHIFT 31
#define FD_MASK 0xffffu
#define LEVEL_SHIFT 47
#define LEVEL_MASK 0x3fu
#define TABLE_SHIFT 53
#define TABLE_MASK 0x1fu
#define IS_NS (UINT64_C(1) << 58)
#define BELOW_NS (UINT64_C(1) << 59)
#define THREAD (UINT64_C(1) << 60)
#define UNLISTED (UINT64_C(1) << 61)
#define IS_FD (UINT64_C(1) << 62)

/* No namespace is in task/TID/. */
#define FOREIGN (IS_NS | THREAD)
#define FOREIGN_MASK ((UINT64_C(1) << 40) - 1)

static bool is_root(const struct node *node)
{
	return node->is_ns && !node->below_ns && node->inum == WORLD_ROOT_INUM &&
	       node->table == TABLE_TOP && node->row == TOP_VIEW;
}

int node_pack(const struct node *node, uint64_t *id)
{
	uint64_t v;

	if (is_root(node)) {
		*id = ROOT_ID;
		return 0;
	}
	if (node->foreign) {
		*id = FOREIGN | (node->foreign & FOREIGN_MASK);
		return 0;
	}
	if (node->is_ns) {
		v = IS_NS | node->inum | (uint64_t)node->row << ROW_SHIFT;
	} else {
		if (node->ref.ino >> (node->is_fd ? FD_INO_BITS : INO_BITS) ||
		    node->ref.level > LEVEL_MASK || node->fd & ~FD_MASK)
			return -1;
		v = node->ref.ino | (uint64_t)node->ref.level << LEVEL_SHIFT;
		if (node->is_fd)
			v |= IS_FD | (uint64_t)node->fd << FD_SHIFT;
		else
			v |= (uint64_t)node->row << ROW_SHIFT;
	}
	v |= (uint64_t)node->table << TABLE_SHIFT;
	if (node->below_ns)
		v |= BELOW_NS;
	if (node->thread)
		v |= THREAD;
	if (node->unlisted)
		v |= UNLISTED;
	*id = v;
	return 0;
}

void node_unpack(uint64_t id, struct node *node)
{
	*node = (struct node){ 0 };
	TRACE("id 0x%" PRIx64, id);
	if (id == ROOT_ID) {
		node->is_ns = true;
		node->inum = WORLD_ROOT_INUM;
		node->table = TABLE_TOP;
		node->row = TOP_VIEW;
		return;
	}
	if ((id & FOREIGN) == FOREIGN) {
		node->foreign = id & FOREIGN_MASK;
		return;
	}
	node->is_ns = id & IS_NS;
	node->below_ns = id & BELOW_NS;
	node->thread = id & THREAD;
	node->unlisted = id & UNLISTED;
	node->is_fd = id & IS_FD;
	if (!node->is_fd)
		node->row = id >> ROW_SHIFT & ROW_MASK;
	node->table = id >> TABLE_SHIFT & TABLE_MASK;
	if (node->is_ns) {
		node->inum = (uint32_t)id;
	} else {
		node->ref.ino = id & ((UINT64_C(1) << (node->is_fd ? FD_INO_BITS : INO_BITS)) - 1);
		node->fd = node->is_fd ? id >> FD_SHIFT & FD_MASK : 0;
		node->ref.level = id >> LEVEL_SHIFT & LEVEL_MASK;
	}
}
